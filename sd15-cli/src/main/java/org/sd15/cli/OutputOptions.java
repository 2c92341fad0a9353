package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.cli.report.TextFile;
import org.sd15.importer.io.AtomicFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.denoise.Denoising;
import org.sd15.pipeline.denoise.DenoisingStep;
import org.sd15.pipeline.image.GenerationParameters;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where results go. */
final class OutputOptions {

    private static final String OUTPUT = "--output";
    private static final Pattern PICTURES = Pattern.compile("(?i).*\\.(png|jpe?g|gif|bmp|webp|tiff?)");

    @Option(
            names = OUTPUT,
            paramLabel = "PATH",
            defaultValue = "out",
            description =
                    "PNG file, or folder for several pictures; a file is replaced, in a folder nothing is (default: ./out).")
    private Path output = Path.of("out");

    @Option(
            names = "--overwrite",
            description =
                    "Put results in the place of earlier ones in the folder (default: pictures are numbered on, and a"
                            + " run that leaves several files gets a folder of its own in it).")
    private boolean overwrite;

    @Option(
            names = "--dump",
            paramLabel = "FILE",
            description = "Final latents and picture as float32 tensors, in safetensors.")
    private @Nullable Path dump;

    @Option(names = "--dump-steps", description = "With --dump: the latents after each step as well.")
    private boolean dumpSteps;

    @Option(names = "--no-metadata", description = "Don't write into pictures how they were made.")
    private boolean noMetadata;

    @Option(names = "--open", description = "Show the page of results when it is written.")
    private boolean open;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    private @Nullable ResultFolder folder;

    private final Map<String, INDArray> dumped = new LinkedHashMap<>();

    /**
     * Refuses, before anything is loaded, what could not be written when all is done.
     *
     * @param pictures how many go into one file, if one was named
     * @param inputs what must not be overwritten
     */
    void require(int pictures, InputFiles inputs) throws IOException {
        if (!isPicture()) {
            requireFolder(inputs);
            return;
        }
        inputs.requireThere();
        if (pictures > 1) {
            throw new IllegalArgumentException(
                    "--output %s: %d pictures don't fit into one file; give a folder".formatted(output, pictures));
        }
        inputs.requireNoneIs(OUTPUT, output);
        OutputFiles.requireFile(OUTPUT, output);
        requireDump(inputs);
    }

    /** The same for a command whose results take a folder. */
    void requireFolder(InputFiles inputs) throws IOException {
        inputs.requireThere();
        if (PICTURES.matcher(output.toString()).matches() && !Files.isDirectory(output)) {
            throw new IllegalArgumentException(
                    isPicture()
                            ? "--output %s: several files are written; give a folder".formatted(output)
                            : "--output %s: pictures are written as PNG; give a name that ends with .png, or a folder"
                                    .formatted(output));
        }
        OutputFiles.requireFolder(OUTPUT, output);
        inputs.requireNoneIn(OUTPUT, output);
        requireDump(inputs);
    }

    private void requireDump(InputFiles inputs) throws IOException {
        if (dump != null
                && dump.toAbsolutePath()
                        .normalize()
                        .equals(output.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException("--dump %s is where --output goes; give another name".formatted(dump));
        }
        OutputFiles.requireDump(dump, inputs);
    }

    /** Whether one PNG file was named. */
    boolean isPicture() {
        return output.toString().toLowerCase(Locale.ROOT).endsWith(".png");
    }

    /** The PNG file that was named. */
    Path picture() throws IOException {
        AtomicFile.makeFolderOf(output);
        return output;
    }

    /** A file in the folder of this run, which is made if need be. */
    Path inFolder(String name) throws IOException {
        return folder().file(name);
    }

    /** A picture among others in the folder for results, with a number that none there has. */
    Path numbered(int number) throws IOException {
        return folder().numbered(number);
    }

    /** The page of numbered pictures, named after the first of them: {@code page-0.html} is that of {@code 0.png}. */
    Path pageBeside(int number) throws IOException {
        String first = String.valueOf(numbered(number).getFileName());
        return output.resolve("page-" + first.replaceFirst("\\.png$", "") + ".html");
    }

    private ResultFolder folder() {
        if (folder == null) {
            folder = new ResultFolder(output, overwrite);
        }
        return folder;
    }

    /** Whether pictures tell how they were made. */
    boolean hasMetadata() {
        return !noMetadata;
    }

    /**
     * The text chunk of a picture of an editing command: all that makes it again.
     *
     * @param prompt what it shows
     * @param more keys and values of the run: what it was drawn with, and what is this picture's own
     */
    Map<String, String> texts(String prompt, Map<String, String> more) {
        return noMetadata ? Map.of() : texts(new GenerationParameters(prompt, "", parameters(more)).text());
    }

    /** Keys and values of a run, with the command's own options. */
    Map<String, String> parameters(Map<String, String> more) {
        Map<String, String> values = new LinkedHashMap<>(more);
        values.putAll(CommandParameters.of(command));
        values.put("Version", Versions.SD15);
        return values;
    }

    /** Writes a page, says where it is, and shows it if that was asked for. */
    void page(Path path, String html) throws IOException {
        TextFile.write(path, html);
        Console.note("see %s", path);
        show(path);
    }

    /** Shows a page if that was asked for. */
    void show(Path page) {
        if (open) {
            Browser.open(page);
        }
    }

    /** The text chunks of a picture. */
    Map<String, String> texts(String parameters) {
        return noMetadata ? Map.of() : Map.of("parameters", parameters);
    }

    /** Notes a tensor for the dump. */
    void note(String key, INDArray tensor) {
        if (dump != null) {
            dumped.put(key, tensor);
        }
    }

    /** Does all steps of a run behind a progress bar, and notes where it starts and, if asked to, each step. */
    void finish(String task, Denoising run) {
        finish(task, run, step -> {});
    }

    /** The same for users who want to see each step. */
    void finish(String task, Denoising run, Consumer<DenoisingStep> listener) {
        note("latents_start", run.start());
        try (Progress progress = new Progress(task, run.count())) {
            run.finish(step -> {
                noteStep(step.index(), step.latents());
                listener.accept(step);
                progress.step();
            });
        }
    }

    /** Notes the latents after a step, if asked to. */
    void noteStep(int step, INDArray latents) {
        if (dumpSteps) {
            note("latents." + step, latents);
        }
    }

    /** The pictures of final latents, {@code [pictures, 3, height, width]}; both are noted. */
    INDArray decoded(StableDiffusion diffusion, INDArray latents) {
        diffusion.unet().trim(); // it has done its work, and the autoencoder needs memory
        INDArray pictures = diffusion.decode(latents);
        note("latents", latents);
        note("image", pictures);
        return pictures;
    }

    /** Ends the writing of results: the dump, if there is to be one. */
    void writeDump() throws IOException {
        if (folder != null) {
            folder.removeStale();
        }
        if (dump != null) {
            Tensors.write(dump, dumped);
        }
    }
}
