package org.sd15.importer;

import java.io.IOException;
import java.nio.file.Path;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.safetensors.SafetensorsFile;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.importer.torch.TorchFile;

/** Opens files of weights, whatever their format. */
public final class TensorFiles {

    private TensorFiles() {}

    /**
     * Opens a file: safetensors, the index of a sharded model, or PyTorch's {@code .bin}, {@code .ckpt}, {@code .pt}. The
     * content decides, not the name.
     *
     * @throws ImportException if it is none of these, damaged, or unsafe
     */
    public static TensorFile open(Path file) throws IOException {
        return switch (FileFormat.of(file)) {
            case SAFETENSORS -> SafetensorsFile.open(file);
            case SHARDED -> ShardedTensors.open(file);
            case TORCH_ZIP -> TorchFile.openZip(file);
            case TORCH_LEGACY -> TorchFile.openLegacy(file);
        };
    }
}
