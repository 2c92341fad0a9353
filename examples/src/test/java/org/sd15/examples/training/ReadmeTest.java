package org.sd15.examples.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.importer.lora.LoraWeights;
import org.sd15.pipeline.StableDiffusion;
import org.sd15.pipeline.model.ModelFiles;
import org.sd15.pipeline.training.run.CheckpointSchedule;
import org.sd15.pipeline.training.run.Training;
import org.sd15.pipeline.training.run.TrainingPictures;
import org.sd15.server.ServerOptions;
import org.sd15.server.StudioServer;
import org.sd15.server.job.Limits;
import org.sd15.server.job.ModelShelf;
import org.sd15.shapes.EmbeddedModel;

/** Lines of Java of the README, cut out of it, compiled and run on the embedded model. */
class ReadmeTest {

    private static final Path README = Path.of(System.getProperty("sd15.root"), "README.md");
    private static final int STEPS = 2;

    @TempDir
    private Path folder;

    /** The first lines of Java under a heading. */
    private static String lines(String heading) throws IOException {
        String text = Files.readString(README);
        String section = text.substring(text.indexOf("\n## " + heading + "\n"));
        String begin = "```java\n";
        int start = section.indexOf(begin) + begin.length();
        return section.substring(start, section.indexOf("```", start));
    }

    /** With a model that is there, two steps in the place of its two hundred, and files in a folder of the test. */
    private String forTheTest(String lines) {
        String shorter = lines.replace(".steps(200)", ".steps(" + STEPS + ")");
        assertThat(shorter).isNotEqualTo(lines);
        String embedded =
                shorter.replace("Path.of(\"stable-diffusion-v1-5\")", EmbeddedModel.class.getName() + ".folder()");
        assertThat(embedded).isNotEqualTo(shorter);
        return embedded.replace("Path.of(\"", "Path.of(\"" + folder.toString().replace('\\', '/') + "/");
    }

    private void compileAndRun(String lines, Class<?>... imported) throws Exception {
        String imports = Stream.of(imported)
                .map(type -> "import " + type.getCanonicalName() + ";\n")
                .collect(Collectors.joining());
        Path source = Files.writeString(
                folder.resolve("Lines.java"),
                imports + "public final class Lines { public static void run() throws Exception {\n" + lines + "} }\n");
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-proc:none", "-cp", classPath, "-d", folder.toString());
            assertThat(compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
                            .call())
                    .as(messages.toString())
                    .isTrue();
        }
        URL[] compiled = {folder.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(compiled, getClass().getClassLoader())) {
            loader.loadClass("Lines").getMethod("run").invoke(null);
        }
    }

    private String printed(String lines, Class<?>... imported) throws Exception {
        PrintStream out = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            compileAndRun(lines, imported);
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void tenLinesTrainALora() throws Exception {
        String lines = lines("A LoRA in Java");
        assertThat(lines.lines()).hasSizeLessThanOrEqualTo(10);
        TwinShapes.draw(folder.resolve("my-pictures"), 3);
        assertThat(printed(
                        forTheTest(lines),
                        Path.class,
                        ModelFiles.class,
                        Training.class,
                        TrainingPictures.class,
                        CheckpointSchedule.class))
                .contains("parameters learn; memory about ", "; a step takes about ");
        try (ModelFiles model = ModelFiles.open(EmbeddedModel.folder())) {
            LoraWeights learnt = model.readLora(folder.resolve("my-lora.safetensors"));
            assertThat(learnt.layers()).isNotEmpty();
            assertThat(learnt.metadata()).containsEntry("sd15.training.steps", String.valueOf(STEPS));
        }
    }

    @Test
    void aFewLinesDrawOverHttp() throws Exception {
        String lines = lines("Over HTTP");
        ModelShelf shelf = new ModelShelf(StableDiffusion::load, "embedded", EmbeddedModel.folder(), "test");
        ServerOptions options =
                new ServerOptions(ServerOptions.LOOPBACK, 0, null, folder.resolve("jobs"), Limits.DEFAULT);
        try (StudioServer server = StudioServer.start(options, shelf)) {
            String atItsPort = lines.replace("127.0.0.1:7860", "127.0.0.1:" + server.port());
            assertThat(atItsPort).isNotEqualTo(lines);
            String printed = printed(
                    atItsPort + "System.out.print(json);\n",
                    URI.class,
                    HttpClient.class,
                    HttpRequest.class,
                    HttpRequest.BodyPublishers.class,
                    HttpResponse.BodyHandlers.class);
            String png =
                    new ObjectMapper().readTree(printed).get("images").get(0).textValue();
            assertThat(ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(png))))
                    .isNotNull();
        }
    }
}
