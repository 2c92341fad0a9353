package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sd15.importer.ModelFolder;
import org.sd15.importer.TensorFiles;
import org.sd15.importer.tensor.TensorFile;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.image.PngFile;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.shapes.EmbeddedModel;

/**
 * Commands that are shot while they compute and while they write. There is no half file under a real name, no file that
 * was there before is lost, and the next run with the same output leaves nothing of them. A hundred shots are in the
 * profile full, half of them inside of a write; here is one a command, as each costs the start of a JVM.
 */
@DisabledOnOs(OS.WINDOWS)
class ShotCommandsTest {

    private static final int SHOTS = 20;
    private static final int MOST_MILLIS = 6000;

    @TempDir
    private Path root;

    /** What is shot. Each run makes something else of the same names. */
    enum Command {
        GENERATE(9) {
            @Override
            List<String> arguments(Path root, int run) {
                return List.of(
                        "generate",
                        "--prompt",
                        "circle",
                        "--steps",
                        "2",
                        "--count",
                        "2",
                        "--seed",
                        String.valueOf(run),
                        "--output",
                        root + "/out",
                        "--dump",
                        root + "/dump.safetensors");
            }
        },
        EDIT(40) {
            @Override
            List<String> arguments(Path root, int run) {
                return List.of(
                        "edit",
                        "--steps",
                        "2",
                        "--seed",
                        String.valueOf(run),
                        "--output",
                        root + "/out",
                        "--dump",
                        root + "/dump.safetensors");
            }
        },
        CONVERT(20) {
            @Override
            List<String> arguments(Path root, int run) throws IOException {
                String out = run % 2 == 0 ? "/model.safetensors" : "/model";
                String type = run % 4 < 2 ? "float32" : "bfloat16";
                return List.of("convert", EmbeddedModel.folder().toString(), root + out, "--dtype", type);
            }
        },
        TRAIN_LORA(9) {
            @Override
            List<String> arguments(Path root, int run) throws IOException {
                return training("lora", root, "lora.safetensors", run);
            }
        },
        TRAIN_FULL(20) {
            @Override
            List<String> arguments(Path root, int run) throws IOException {
                return Stream.concat(training("full", root, "trained", run).stream(), Stream.of("--train", "unet,text"))
                        .toList();
            }
        };

        /** How many places of writing it comes to at least. */
        private final int places;

        Command(int places) {
            this.places = places;
        }

        /** The command's arguments. */
        abstract List<String> arguments(Path root, int run) throws IOException;

        /** A run that goes on with the one before and does one step more. */
        private static List<String> training(String method, Path root, String output, int run) throws IOException {
            return List.of(
                    "train",
                    method,
                    "--data",
                    new ShortTraining(root).data(),
                    "--targets",
                    "attn2.to_k",
                    "--train-steps",
                    String.valueOf(run + 1),
                    "--checkpoint-every",
                    "1",
                    "--resume",
                    "--output",
                    root + "/" + output);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsShotLeavesNothingHalf(Command command) throws Exception {
        shoot(command, 1, new Random(command.ordinal()));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("full")
    void aHundredShotsLeaveNothingHalf(Command command) throws Exception {
        shoot(command, SHOTS, new Random(100 + command.ordinal()));
    }

    private void shoot(Command command, int shots, Random random) throws Exception {
        run(command, 0);
        for (int run = 1; run <= shots; run++) {
            makeRoom();
            Set<String> before = names();
            ShotCommand process = new ShotCommand(command.arguments(root, run), root.resolve("log.txt"));
            if (run % 2 == 1) {
                assertThat(process.atPlace(1 + random.nextInt(command.places))).isTrue();
            } else {
                process.after(random.nextInt(MOST_MILLIS));
            }
            requireOneKind();
            assertThat(names()).as("after shot %d", run).containsAll(before);
            requireWhole();
        }
        run(command, shots + 2);
        if (shots > 1) {
            run(command, shots + 3); // convert has two outputs
        }
        requireWhole();
        try (Stream<Path> left = Files.walk(root)) {
            assertThat(left.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".tmp")))
                    .isEmpty();
        }
    }

    /** UNet and text encoder that were trained together are of the same step; whoever opens the model sees to that. */
    private void requireOneKind() throws IOException {
        Path trained = root.resolve("trained");
        if (Files.exists(trained)) {
            ModelFolder model = ModelFolder.open(trained);
            assertThat(steps(model, "unet")).isNotNull().isEqualTo(steps(model, "text_encoder"));
        }
    }

    private static String steps(ModelFolder model, String component) throws IOException {
        try (TensorFile file = model.component(component).tensors()) {
            return file.metadata().get("sd15.training.steps");
        }
    }

    /** A folder is made anew by a conversion, never replaced. */
    private void makeRoom() throws IOException {
        Path model = root.resolve("model");
        if (Files.exists(model)) {
            try (Stream<Path> files = Files.walk(model)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private void run(Command command, int run) throws IOException {
        makeRoom();
        Cli cli = Cli.run(command.arguments(root, run).toArray(String[]::new));
        assertThat(cli.exit()).as(cli.err()).isZero();
    }

    /** All files of results, but for checkpoints, of which only the last ones are kept. */
    private Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path file : files()) {
            String name = root.relativize(file).toString();
            if (!name.contains("checkpoint-")) {
                names.add(name);
            }
        }
        return names;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> found = Files.walk(root)) {
            return found.filter(Files::isRegularFile)
                    .filter(file -> Stream.of(root.relativize(file).toString().split("/"))
                            .noneMatch(part -> part.startsWith(".")))
                    .toList();
        }
    }

    /** Every file under a real name is complete, and so is every model. The log of steps is written line by line. */
    private void requireWhole() throws Exception {
        for (Path file : files()) {
            String name = file.toString();
            if (name.endsWith(".png")) {
                assertThat(PngFile.read(file).getWidth()).isPositive();
            } else if (name.endsWith(".safetensors")) {
                TensorFiles.open(file).close();
            } else if (name.endsWith(".json")) {
                assertThat(new ObjectMapper().readTree(file.toFile()).isObject())
                        .as(name)
                        .isTrue();
            } else if (name.endsWith(".html")) {
                assertThat(Files.readString(file).strip()).endsWith("</html>");
            }
        }
        try (Stream<Path> models = Files.list(root)) {
            for (Path model : models.filter(path -> Files.exists(path.resolve("model_index.json")))
                    .toList()) {
                try (ModelFiles files = ModelFiles.open(model)) {
                    StableDiffusion.of(files).close();
                }
            }
        }
    }
}
