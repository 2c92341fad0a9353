package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.model.UserData;
import org.sd15.testing.Fixture;

/** A checkpoint that has no tokenizer beside it: where one is looked for, what is said, and how it is kept for all. */
class TokenizerOfASingleFileTest {

    private static final Path SHAPES = Fixture.resource("sd15-pipeline", "shapes");
    private static final Path TOKENIZER = SHAPES.resolve("tokenizer");

    /** CLIP's merges. */
    @TempDir
    private Path folder;

    private Path checkpoint = Path.of("");

    @BeforeEach
    void makeACheckpoint() throws IOException {
        System.setProperty(UserData.PROPERTY, folder.resolve("data").toString());
        Path made = folder.resolve("made/model.safetensors");
        Files.createDirectories(folder.resolve("made"));
        Cli converted = Cli.run("convert", SHAPES.toString(), made.toString());
        assertThat(converted.exit()).as(converted.err()).isZero();
        checkpoint = Files.createDirectories(folder.resolve("alone")).resolve("model.safetensors");
        Files.move(made, checkpoint);
    }

    @AfterEach
    void forgetTheFolder() {
        System.clearProperty(UserData.PROPERTY);
    }

    private Cli generate(String... options) {
        String[] usual = {
            "generate",
            "--model",
            checkpoint.toString(),
            "--prompt",
            "a red circle",
            "--steps",
            "1",
            "--output",
            folder.resolve("x.png").toString()
        };
        return Cli.run(Stream.concat(Stream.of(usual), Stream.of(options)).toArray(String[]::new));
    }

    private void assertDraws(String... options) throws IOException {
        Cli cli = generate(options);
        assertThat(cli.exit()).as(cli.err()).isZero();
        Files.delete(folder.resolve("x.png"));
    }

    @Test
    void theRefusalSaysWhatToGetAndWhereToPutIt() {
        Cli refused = generate();
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.message())
                .contains(
                        "model.safetensors: has no tokenizer",
                        "vocab.json and merges.txt, or tokenizer.json",
                        "https://huggingface.co/openai/clip-vit-large-patch14",
                        checkpoint.resolveSibling("tokenizer").toString(),
                        folder.resolve("data/tokenizer").toString(),
                        "sd15 tokenizer import DIR",
                        "--tokenizer DIR");
        Cli inspected = Cli.run("inspect", checkpoint.toString());
        assertThat(inspected.exit()).as(inspected.err()).isZero();
        assertThat(inspected.out()).contains("tokenizer: has no tokenizer: looked in ");
    }

    @Test
    void oneIsFoundBesideAmongTheNeighboursInTheDataFolderAndByName() throws IOException {
        assertDraws("--tokenizer", TOKENIZER.toString());
        assertDraws("--tokenizer", SHAPES.toString());
        ModelChoiceTest.copy(TOKENIZER, folder.resolve("data/tokenizer"));
        assertDraws();
        Files.writeString(checkpoint.resolveSibling("vocab.json"), "{}");
        assertThat(generate().message()).contains("alone/vocab.json".replace('/', java.io.File.separatorChar));
        ModelChoiceTest.copy(TOKENIZER, checkpoint.resolveSibling("tokenizer"));
        assertDraws();
        Cli inspected = Cli.run("inspect", checkpoint.toString());
        assertThat(inspected.out()).contains("tokenizer: " + checkpoint.resolveSibling("tokenizer") + ": vocab.json");
    }

    @Test
    void aFolderWithoutATokenizerIsRefused() {
        Cli refused = generate("--tokenizer", folder.toString());
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.message()).contains(folder + ": has no tokenizer");
    }

    @Test
    void importRefusesAnotherVocabularyAndHalfOfTheMerges() throws IOException {
        Cli other = Cli.run("tokenizer", "import", TOKENIZER.toString());
        assertThat(other.exit()).isEqualTo(1);
        assertThat(other.message()).contains("has 627 tokens", "has 49,408");
        Path half = ClipVocabulary.write(folder, ClipVocabulary.MERGES / 2);
        Cli cut = Cli.run("tokenizer", "import", half.toString());
        assertThat(cut.exit()).isEqualTo(1);
        assertThat(cut.message()).contains("has 24,447 merges", "has 48,894");
        assertThat(folder.resolve("data")).doesNotExist();
        assertThat(Cli.run("tokenizer").exit()).isEqualTo(2);
    }

    @Test
    void importPutsTheFilesIntoTheDataFolder() throws IOException {
        Path clip = ClipVocabulary.write(folder, ClipVocabulary.MERGES);
        Path kept = folder.resolve("data/tokenizer");
        for (int time = 0; time < 2; time++) { // the second replaces the first
            Cli cli = Cli.run("tokenizer", "import", clip.toString());
            assertThat(cli.exit()).as(cli.err()).isZero();
            assertThat(cli.out().strip()).isEqualTo(kept.toString());
            assertThat(kept.resolve("vocab.json")).hasSameBinaryContentAs(clip.resolve("vocab.json"));
            assertThat(kept.resolve("merges.txt")).hasSameBinaryContentAs(clip.resolve("merges.txt"));
        }
        Cli refused = generate();
        assertThat(refused.message()).contains(kept.toString(), "the text encoder has 627 rows");
    }
}
