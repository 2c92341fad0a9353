package org.sd15.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.image.Pictures;
import org.sd15.pipeline.image.PngFile;
import org.sd15.testing.Rule;

/**
 * Short trainings of the embedded model on two pictures.
 *
 * @param folder for data and results
 */
record ShortTraining(Path folder) {

    Cli run(String method, String output, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("train", method, "--output", folder.resolve(output).toString(), "--targets", "attn2.to_k"));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray(String[]::new));
    }

    String data() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        for (String name : List.of("a", "b")) {
            INDArray picture =
                    Rule.picture(name, DataType.FLOAT, 1, 3, 64, 64).mul(0.5).addi(0.5);
            PngFile.write(
                    data.resolve(name + ".png"), Pictures.toImages(picture).get(0), Map.of());
            Files.writeString(data.resolve(name + ".txt"), "a red circle");
        }
        return data.toString();
    }
}
