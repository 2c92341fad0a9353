package org.sd15.importer.lora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorSource;

/** Reads and writes LoRA files. */
public final class LoraFile {

    /** The names that PEFT and diffusers give to the weights. */
    private static final List<String> IN_FOLDERS = List.of(
            "adapter_model.safetensors",
            "pytorch_lora_weights.safetensors",
            "adapter_model.bin",
            "pytorch_lora_weights.bin");

    private LoraFile() {}

    /**
     * Reads a LoRA, whatever its format: PEFT's, diffusers' of any time, kohya's with all its linear layers and
     * convolutions; safetensors or PyTorch's. Also what changes weights in other ways, as LyCORIS and PEFT write it: LoHa,
     * LoKr, DoRA, (IA)3, OFT, full differences, Tucker's decomposition. Alpha comes from the tensors, else from the file's
     * metadata, else it is the rank.
     *
     * @param path the file, or the folder that PEFT or diffusers has written it into. What PEFT's {@code
     *     adapter_config.json} beside it says counts for a file with PEFT's own names
     * @param targets the modules of the model that it is for
     * @throws ImportException if the file is damaged, is of a method that is not supported (BOFT and others), or does
     *     not fit the model; the message lists everything that is wrong
     */
    public static LoraWeights read(Path path, LoraTargets targets) throws IOException {
        try (TensorFile file = TensorFiles.open(in(path))) {
            return read(file, targets);
        }
    }

    /**
     * The file that holds a LoRA's weights.
     *
     * @param path itself, or a folder
     * @throws ImportException if it is a folder without such a file; the message has the names that were looked for
     */
    public static Path in(Path path) {
        if (!Files.isDirectory(path)) {
            return path;
        }
        return find(path)
                .orElseThrow(() -> new ImportException(
                        path, "is a folder without a LoRA: looked for " + String.join(", ", IN_FOLDERS)));
    }

    /** The file that holds a LoRA's weights in a folder, if there is one. */
    public static Optional<Path> find(Path folder) {
        return IN_FOLDERS.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** {@link #read(Path, LoraTargets)} of a file that is open and stays so. */
    public static LoraWeights read(TensorFile file, LoraTargets targets) {
        return new LoraReader(file, targets).read();
    }

    /**
     * Writes a plain LoRA, each array in its own number format.
     *
     * @throws IllegalArgumentException if it changes weights in another way
     * @throws IOException if it can't be written; the target is as it was
     */
    public static void write(LoraWeights lora, LoraFormat format, Path target) throws IOException {
        write(lora, format, null, target);
    }

    /**
     * Writes a plain LoRA in one number format.
     *
     * @param dtype such as {@code F16}; null for each array in its own
     * @throws IOException if it can't be written; the target is as it was
     */
    public static void write(LoraWeights lora, LoraFormat format, @Nullable DType dtype, Path target)
            throws IOException {
        if (lora.layers().isEmpty()) { // which refuses other kinds than plain LoRA
            throw new IllegalArgumentException(target + ": a LoRA without layers is not worth a file");
        }
        SafetensorsWriter writer = SafetensorsWriter.create().metadata(metadata(lora, format));
        lora.layers().forEach((module, layer) -> {
            writer.add(source(format.down(module), layer.down(), dtype));
            writer.add(source(format.up(module), layer.up(), dtype));
        });
        if (format == LoraFormat.KOHYA) {
            addAlphas(writer, lora, dtype);
        }
        writer.write(target);
    }

    private static Map<String, String> metadata(LoraWeights lora, LoraFormat format) {
        if (format == LoraFormat.KOHYA) {
            return KohyaHeader.restore(lora.metadata());
        }
        Map<String, String> metadata = new LinkedHashMap<>(lora.metadata());
        metadata.put(KohyaHeader.FORMAT, "pt");
        if (AdapterMetadataWriter.isNeeded(lora)) {
            metadata.put(AdapterMetadata.KEY, AdapterMetadataWriter.write(lora));
        }
        return metadata;
    }

    /** A file that had none gets none, as long as every alpha is the rank, its default. */
    private static void addAlphas(SafetensorsWriter writer, LoraWeights lora, @Nullable DType dtype) {
        KohyaHeader header = KohyaHeader.of(lora.metadata()).orElse(null);
        boolean hadNone = header != null && header.alpha() == null;
        if (hadNone && lora.layers().values().stream().allMatch(layer -> layer.alpha() == layer.rank())) {
            return;
        }
        lora.layers().forEach((module, layer) -> {
            DType stored = dtype != null ? dtype : header != null ? header.alpha() : null;
            INDArray alpha = Nd4j.scalar(layer.alpha());
            DType own = typeOf(layer.down());
            writer.add(TensorSource.of(LoraFormat.kohya(module) + ".alpha", alpha, stored == null ? own : stored));
        });
    }

    private static TensorSource source(String name, INDArray array, @Nullable DType dtype) {
        return TensorSource.of(name, array, dtype == null ? typeOf(array) : dtype);
    }

    private static DType typeOf(INDArray array) {
        return DType.of(array.dataType())
                .orElseThrow(() -> new IllegalArgumentException("a LoRA can't be stored as " + array.dataType()));
    }
}
