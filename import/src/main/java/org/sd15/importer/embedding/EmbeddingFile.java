package org.sd15.importer.embedding;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.tensor.TensorInfo;
import org.sd15.importer.torch.TorchWriter;

/**
 * Reads and writes the files of learnt words.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/v0.35.1/src/diffusers/loaders/textual_inversion.py">
 *     diffusers, textual_inversion.py</a> and <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/v1.10.1/modules/textual_inversion/textual_inversion.py">
 *     AUTOMATIC1111, textual_inversion.py</a>
 */
public final class EmbeddingFile {

    private static final String WEBUI = "emb_params";
    private static final String A1111 = "string_to_param";
    private static final String NAME = "name";

    /** The number that AUTOMATIC1111 gives to the star, the placeholder of the word in its files. */
    private static final int STAR = 265;

    private EmbeddingFile() {}

    /**
     * Reads a word, whatever the format. Where the file doesn't name it, the file's own name is the word.
     *
     * @return its vectors in float32
     * @throws ImportException if the file is damaged or holds anything but one learnt word
     */
    public static TextualInversion read(Path path) throws IOException {
        try (TensorFile file = TensorFiles.open(path)) {
            TensorInfo tensor = tensor(file);
            Map<String, String> metadata = new LinkedHashMap<>(file.metadata());
            String token = token(file, tensor.name());
            metadata.remove(NAME);
            return new TextualInversion(token, vectors(file, tensor), metadata);
        }
    }

    private static TensorInfo tensor(TensorFile file) {
        boolean a1111 = isA1111(file);
        List<TensorInfo> candidates = file.tensors().values().stream()
                .filter(info -> !a1111 || info.name().startsWith(A1111 + "."))
                .toList();
        if (candidates.size() != 1) {
            throw new ImportException(
                    file.path(),
                    "has %d tensors%s; the file of a learnt word has one, {word: vectors}"
                            .formatted(
                                    candidates.size(),
                                    candidates.isEmpty() ? "" : ", for instance " + candidates.get(0)));
        }
        return candidates.get(0);
    }

    private static boolean isA1111(TensorFile file) {
        return file.tensors().keySet().stream().anyMatch(name -> name.startsWith(A1111 + "."));
    }

    private static String token(TensorFile file, String tensor) {
        boolean unnamed = tensor.equals(WEBUI) || isA1111(file);
        String token = unnamed ? file.metadata().getOrDefault(NAME, stem(file.path())) : tensor;
        if (token.isBlank()) {
            throw new ImportException(file.path(), "holds a learnt word whose name is blank");
        }
        return token;
    }

    private static String stem(Path path) {
        return String.valueOf(path.getFileName()).replaceFirst("\\.\\w+$", "");
    }

    private static INDArray vectors(TensorFile file, TensorInfo tensor) {
        int rank = tensor.shape().length;
        if (rank < 1 || rank > 2 || tensor.length() == 0 || !tensor.dtype().isFloating()) {
            throw new ImportException(
                    file.path(), "%s is no learnt word: it must be [vectors, width] or [width]".formatted(tensor));
        }
        if (!file.isFinite(tensor.name())) {
            throw new ImportException(file.path(), "%s has values that are infinite or not a number".formatted(tensor));
        }
        INDArray array = file.load(tensor.name(), DataType.FLOAT);
        return rank == 2 ? array : array.reshape(1, array.length());
    }

    /**
     * Writes a word in float32.
     *
     * @throws IOException if it can't be written; the target is as it was
     */
    public static void write(TextualInversion word, EmbeddingFormat format, Path target) throws IOException {
        switch (format) {
            case DIFFUSERS -> writeTensor(word, word.token(), target);
            case WEBUI -> writeTensor(word, WEBUI, target);
            case A1111 -> {
                Map<String, Object> content = new LinkedHashMap<>();
                content.put("string_to_token", Map.of("*", STAR));
                content.put(A1111, Map.of("*", word.vectors().castTo(DataType.FLOAT)));
                content.put(NAME, word.token());
                word.metadata().forEach((key, value) -> content.putIfAbsent(key, numberOrText(value)));
                TorchWriter.write(target, content);
            }
        }
    }

    /** The web UI counts on from {@code step}, so that must be a number again. */
    private static Object numberOrText(String remark) {
        return remark.matches("\\d{1,9}") ? (Object) Integer.valueOf(remark) : remark;
    }

    private static void writeTensor(TextualInversion word, String name, Path target) throws IOException {
        SafetensorsWriter.create()
                .metadata(word.metadata())
                .metadata("format", "pt")
                .add(name, word.vectors(), DType.F32)
                .write(target);
    }
}
