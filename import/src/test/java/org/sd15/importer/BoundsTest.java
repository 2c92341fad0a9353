package org.sd15.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.io.ImportException;
import org.sd15.importer.tensor.TensorFile;

/** Files that claim or cost more than any model needs are refused in one line, in no time, in a small heap. */
class BoundsTest {

    private static final List<String> REASONS = List.of(
            "deep.json: is not valid JSON: Document nesting depth (33) exceeds the maximum allowed (32)",
            "directory.pt: has a zip directory of 314,572,800 bytes, far more than any checkpoint: at most 8,388,608",
            "globals.pt: the pickle has a name that no module, class or storage has",
            "header.safetensors: claims a header of 99,000,000 bytes, far more than any model needs: at most"
                    + " 16,777,216",
            "index.json: has 68,157,440 bytes, far too many for JSON of its kind: at most 67,108,864",
            "key.safetensors: tensor x has an unknown key kkk",
            "long-names.pt: has a tensor whose name has 360,016 characters, at most 512 are read",
            "members.pt: has 60,000 members, at most 50,100 are read",
            "metadata.safetensors: has more than 10,000 entries in its metadata",
            "name.safetensors: has a tensor whose name has 40,000 characters, at most 512 are read",
            "number.safetensors: the header is not valid JSON: Number value length",
            "rank.pt: the pickle has a tensor of 100,000 dimensions, at most 8 are read",
            "rank.safetensors: tensor x: shape has more than 8 numbers",
            "storages.pt: the pickle has a name that no module, class or storage has",
            "tensors.safetensors: has more than 50,000 tensors",
            "values.json: is not valid JSON: Token count");

    @Test
    void refusesEachInOneLineAndNoTimeInASmallHeap(@TempDir Path folder) throws Exception {
        HostileFiles.writeAll(folder);
        List<String> lines = openAll(folder, "-Xmx256m");
        assertThat(lines).hasSameSizeAs(REASONS);
        for (int i = 0; i < REASONS.size(); i++) {
            String[] parts = lines.get(i).split("\t", 2);
            assertThat(parts[1]).startsWith(folder + "/" + REASONS.get(i)).hasSizeLessThan(1000);
            assertThat(Long.parseLong(parts[0]))
                    .as("nanoseconds of the processor for " + parts[1])
                    .isLessThan(TimeUnit.SECONDS.toNanos(2));
        }
    }

    private static List<String> openAll(Path folder, String heap) throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        heap,
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opener.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("the process ends").isTrue();
        return Files.readAllLines(output);
    }

    /** Opens each file of a folder in the order of their names, and says how long it took and what was said. */
    static final class Opener {

        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

        private Opener() {}

        public static void main(String[] arguments) throws IOException {
            TreeMap<String, Path> files = new TreeMap<>();
            try (Stream<Path> all = Files.list(Path.of(arguments[0]))) {
                all.filter(file -> !file.toString().endsWith(".txt"))
                        .forEach(file -> files.put(file.getFileName().toString(), file));
            }
            for (Path file : files.values()) {
                long begin = THREADS.getCurrentThreadCpuTime();
                String said = open(file);
                System.out.println(THREADS.getCurrentThreadCpuTime() - begin + "\t" + said);
            }
        }

        private static String open(Path path) throws IOException {
            try (TensorFile file = TensorFiles.open(path)) {
                return file + " was opened";
            } catch (ImportException refused) {
                return String.valueOf(refused.getMessage());
            } catch (OutOfMemoryError problem) {
                return path + ": " + problem;
            }
        }
    }
}
