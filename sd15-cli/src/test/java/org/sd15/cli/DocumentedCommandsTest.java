package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.model.UserData;
import org.sd15.shapes.EmbeddedModel;

/**
 * Every command of the README and of the pages runs: in their order, one folder for a page, with the embedded model in the place
 * of Stable Diffusion 1.5 and drawings in the place of photographs. Of Maven's, profiles and tests that they name are there;
 * programs of the examples are run by tests of their own.
 */
class DocumentedCommandsTest {

    private static final Path ROOT = Path.of(System.getProperty("sd15.root"));

    @TempDir
    private Path folder;

    @BeforeEach
    void keepOutOfTheUsersData() {
        System.setProperty(UserData.PROPERTY, folder.resolve("data").toString());
    }

    @AfterEach
    void forgetTheFolder() {
        System.clearProperty(UserData.PROPERTY);
    }

    @TestFactory
    Stream<DynamicContainer> pages() throws IOException {
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            List<String> pages = Stream.concat(
                            Stream.of("README.md", "CONTRIBUTING.md", "examples/README.md", "bench/README.md"),
                            docs.map(page -> "docs/" + page.getFileName())
                                    .filter(page -> page.endsWith(".md"))
                                    .sorted())
                    .toList();
            return pages.stream().map(this::page);
        }
    }

    private DynamicContainer page(String page) {
        try {
            Path own = Files.createDirectories(folder.resolve(page.replace('/', '-')));
            fill(own);
            return dynamicContainer(
                    page,
                    DocumentedLine.of(ROOT, page).stream()
                            .map(line -> dynamicTest(line.toString(), () -> requireRuns(line, own))));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static void requireRuns(DocumentedLine line, Path own) throws IOException {
        Optional<String> program = line.environment().stream()
                .filter(setting -> setting.startsWith("SD15_MAIN="))
                .map(setting -> setting.substring("SD15_MAIN=".length()))
                .findFirst();
        if (program.isPresent()) {
            requireTested(program.get());
        } else if (line.words().get(0).equals("./sd15")) {
            String[] arguments = new DocumentedRun(line, own).arguments();
            if (arguments[0].equals("serve")) { // until it is stopped: tests of its own run it
                OptionChecks.require(Sd15.commandLine().parseArgs(arguments));
                return;
            }
            Cli cli = Cli.run(arguments);
            assertThat(cli.exit())
                    .as("%s%n%s", cli.message(), String.join(" ", arguments))
                    .isZero();
        } else {
            requireThere(line);
        }
    }

    /** A program of the examples: it is there, and a test of theirs runs it. */
    private static void requireTested(String program) throws IOException {
        assertThat(ROOT.resolve("examples/src/main/java/" + program.replace('.', '/') + ".java"))
                .exists();
        String name = program.substring(program.lastIndexOf('.') + 1);
        Path tests = ROOT.resolve("examples/src/test");
        assertThat(anySource(tests, name + "::main") || anySource(tests, name + ".main("))
                .as("a test that runs %s", program)
                .isTrue();
    }

    /** A script, or what Maven is told. */
    private static void requireThere(DocumentedLine line) throws IOException {
        assertThat(ROOT.resolve(line.words().get(0))).exists();
        for (String argument : line.arguments()) {
            if (argument.startsWith("-P")) {
                String profile = "<id>" + argument.substring(2) + "</id>";
                assertThat(anyPom(profile)).as(argument).isTrue();
            } else if (argument.startsWith("-Dtest=")) {
                String test = "class " + argument.substring("-Dtest=".length()) + " ";
                assertThat(anySource(ROOT, test)).as(argument).isTrue();
            }
        }
    }

    private static boolean anyPom(String text) throws IOException {
        try (Stream<Path> folders = Files.list(ROOT)) {
            return Stream.concat(Stream.of(ROOT), folders)
                    .map(module -> module.resolve("pom.xml"))
                    .filter(Files::isRegularFile)
                    .anyMatch(pom -> contains(pom, text));
        }
    }

    private static boolean anySource(Path root, String text) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java")).anyMatch(file -> contains(file, text));
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file).contains(text);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** What readers have: a model, CLIP's tokenizer, a photograph and a square with masks of their middle, pictures to learn from. */
    private static void fill(Path own) throws IOException {
        Files.move(ClipVocabulary.write(own, ClipVocabulary.MERGES), own.resolve("clip-vit-large-patch14"));
        Files.createSymbolicLink(own.resolve("stable-diffusion-v1-5"), EmbeddedModel.folder());
        ImageIO.write(
                drawing(96, Color.WHITE, Color.BLUE),
                "jpg",
                own.resolve("photo.jpg").toFile());
        ImageIO.write(
                drawing(96, Color.BLACK, Color.WHITE),
                "png",
                own.resolve("mask.png").toFile());
        ImageIO.write(
                drawing(64, Color.BLACK, Color.WHITE),
                "png",
                own.resolve("square-mask.png").toFile());
        Path pictures = Files.createDirectories(own.resolve("my-pictures"));
        for (int picture = 0; picture < 2; picture++) {
            ImageIO.write(
                    drawing(64, Color.WHITE, picture == 0 ? Color.RED : Color.GREEN),
                    "png",
                    pictures.resolve(picture + ".png").toFile());
            Files.writeString(pictures.resolve(picture + ".txt"), "a square on a white background");
        }
    }

    private static BufferedImage drawing(int width, Color ground, Color thing) {
        var drawing = new BufferedImage(width, 64, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = drawing.createGraphics();
        pen.setColor(ground);
        pen.fillRect(0, 0, width, 64);
        pen.setColor(thing);
        pen.fillRect(width / 4, 16, width / 2, 32);
        pen.dispose();
        return drawing;
    }
}
