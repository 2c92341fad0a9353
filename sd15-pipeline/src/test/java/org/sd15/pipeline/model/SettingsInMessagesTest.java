package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.sd15.importer.ModelPart;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.io.ModelChoice;
import org.sd15.importer.ldm.LdmCheckpoint;
import org.sd15.importer.safetensors.SafetensorsWriter;
import org.sd15.importer.tensor.DType;

/** Errors tell callers in Java what they can set, by its name in Java and not by a command's option. */
class SettingsInMessagesTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void lookNowhereElse() {
        System.setProperty(UserData.PROPERTY, folder.resolve("data").toString());
    }

    @AfterEach
    void forgetTheFolder() {
        System.clearProperty(UserData.PROPERTY);
    }

    @Test
    void aTokenizerIsSetByItsFolder() {
        TokenizerSearch search = new TokenizerSearch(folder.resolve("model.ckpt"));
        assertTells(search::require, ModelChoice.TOKENIZER);
    }

    @Test
    void missingPartsAreSetByTheirPaths() throws IOException {
        Path file = folder.resolve("unet.safetensors");
        SafetensorsWriter.create()
                .add("model.diffusion_model.input_blocks.0.0.bias", Nd4j.zeros(DataType.FLOAT, 4), DType.F32)
                .write(file);
        try (SingleFileParts parts = new SingleFileParts(file, LdmCheckpoint.of(TensorFiles.open(file)), null)) {
            assertTells(() -> parts.require(ModelPart.VAE), ModelChoice.VAE);
            assertTells(() -> parts.require(ModelPart.TEXT_ENCODER), ModelChoice.TEXT_ENCODER);
        }
    }

    private static void assertTells(ThrowingCallable mistake, ModelChoice remedy) {
        assertThatThrownBy(mistake).isInstanceOfSatisfying(ImportException.class, told -> {
            assertThat(told.remedy()).contains(remedy);
            assertThat(told).hasMessage(told.problem() + "; " + remedy);
            assertThat(told.getMessage()).doesNotContain("--").doesNotContain("sd15 tokenizer");
        });
    }
}
