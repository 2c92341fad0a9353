package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.shapes.EmbeddedModel;

/** Folders that are links, as they are where one disk has the models for several programs. */
class LinkedFoldersTest {

    @TempDir
    private Path folder;

    @Test
    void aLinkedModelIsTrainedOnLinkedPicturesAndWrittenWhole() throws IOException {
        Path model = Files.createSymbolicLink(folder.resolve("model"), EmbeddedModel.folder());
        var training = new ShortTraining(folder);
        Path data = Files.createSymbolicLink(folder.resolve("pictures"), Path.of(training.data()));
        Cli cli = training.run(
                "full", "trained", "--model", model.toString(), "--data", data.toString(), "--train-steps", "1");
        assertThat(cli.exit()).as(cli.err()).isZero();
        for (String file : new String[] {"model_index.json", "tokenizer/vocab.json", "vae/config.json"}) {
            assertThat(folder.resolve("trained").resolve(file)).hasSameBinaryContentAs(model.resolve(file));
        }
        Cli inspected = Cli.run("inspect", folder.resolve("trained").toString());
        assertThat(inspected.exit()).as(inspected.err()).isZero();
    }
}
