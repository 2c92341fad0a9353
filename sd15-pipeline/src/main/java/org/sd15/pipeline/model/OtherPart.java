package org.sd15.pipeline.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sd15.importer.ComponentFolder;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.ModelKind;
import org.sd15.importer.ModelPart;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.StrictJson;
import org.sd15.importer.ldm.BareComponent;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.names.LegacyNames;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.vae.VaeConfig;

/**
 * An autoencoder or text encoder that is taken from another place than the model.
 *
 * @param file where its configuration is from, for errors
 * @param config as diffusers and transformers write it
 * @param opening opens its tensors, under this project's names
 * @param owned what to close in the end
 */
record OtherPart(Path file, ObjectNode config, Opening opening, Closeable owned) implements Closeable {

    /** Opens tensors; the caller closes them. */
    @FunctionalInterface
    interface Opening {
        TensorFile open() throws IOException;
    }

    /**
     * The part of a component's folder, of a model's, of a single-file checkpoint or of a file that has it alone.
     *
     * @throws ImportException if it is not there
     */
    static OtherPart open(ModelPart component, Path path) throws IOException {
        if (Files.isDirectory(path)) {
            boolean whole = Files.isRegularFile(path.resolve(ModelFolder.INDEX));
            return of(whole ? ModelFolder.open(path).component(component.toString()) : ComponentFolder.open(path));
        }
        TensorFile file = TensorFiles.open(path);
        try {
            return of(component, file);
        } catch (IOException | RuntimeException problem) {
            file.close();
            throw problem;
        }
    }

    private static OtherPart of(ComponentFolder folder) throws IOException {
        Path config = folder.configFile();
        return new OtherPart(config, StrictJson.readObject(config), folder::tensors, () -> {});
    }

    private static OtherPart of(ModelPart component, TensorFile file) throws IOException {
        if (LdmCheckpoint.recognises(file)) {
            return of(component, LdmCheckpoint.of(file));
        }
        ModelKind kind = ModelKind.of(LegacyNames.normalise(file).tensors().keySet());
        boolean fits = kind.toString().equals(component.toString());
        LdmCheckpoint bare = BareComponent.open(file, component).orElse(null);
        Path config = file.path().resolveSibling("config.json");
        if (fits && Files.isRegularFile(config) && !(bare != null && component == ModelPart.VAE)) {
            return of(file, config, StrictJson.readObject(config));
        }
        if (bare != null) {
            return of(component, bare);
        }
        if (!fits || component != ModelPart.VAE) {
            throw new ImportException(file.path(), "has no %s, it looks like %s".formatted(component, kind));
        }
        ObjectNode usual = DiffusersConfigs.vae(VaeConfig.sd15(), ModelConfigs.USUAL_SAMPLE_SIZE);
        return of(file, file.path(), usual);
    }

    private static OtherPart of(TensorFile file, Path config, ObjectNode json) {
        Path path = file.path();
        return new OtherPart(config, json, () -> LegacyNames.normalise(TensorFiles.open(path)), file::close);
    }

    private static OtherPart of(ModelPart component, LdmCheckpoint checkpoint) {
        SingleFileParts parts = new SingleFileParts(checkpoint.path(), checkpoint, null);
        parts.require(component);
        return new OtherPart(
                checkpoint.path(), parts.config(component.toString()), () -> parts.tensors(component), parts::close);
    }

    @Override
    public void close() throws IOException {
        owned.close();
    }
}
