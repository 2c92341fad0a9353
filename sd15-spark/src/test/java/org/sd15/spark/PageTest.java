package org.sd15.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sd15.pipeline.image.PngFile;
import org.sd15.shapes.EmbeddedModel;

/** What the README and docs/spark.md say, done as it stands there but for the places of files and fewer steps. */
class PageTest {

    private static final Pattern JAVA = Pattern.compile("## On a cluster.*?```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern TRAINING = Pattern.compile("## Training.*?```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern SUBMIT = Pattern.compile("spark-submit .*-executor\\.jar (.*)");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    @TempDir
    private Path folder;

    @BeforeEach
    void read() throws IOException {
        Sessions.local();
        Path photos = Files.createDirectory(folder.resolve("photos"));
        for (String name : new String[] {"a.png", "b.png"}) {
            var picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
            Files.write(photos.resolve(name), PngFile.encode(picture, Map.of()));
        }
    }

    private static String found(String page, Pattern pattern) throws IOException {
        Matcher matcher = pattern.matcher(Files.readString(Path.of(System.getProperty("sd15.root"), page)));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private void assertEdited() {
        List<Row> edited = Sessions.local()
                .read()
                .parquet(folder.resolve("edited").toString())
                .collectAsList();
        assertThat(edited).hasSize(2).allSatisfy(row -> {
            assertThat(row.<String>getAs("error")).isNull();
            assertThat(row.<byte[]>getAs("edited")).isNotEmpty();
        });
    }

    @Test
    void theLinesOfJavaRun() throws Exception {
        String lines = found("README.md", JAVA)
                .replace("\"photos\")  ", "\"%s\")  ".formatted(folder.resolve("photos")))
                .replace("parquet(\"edited\")", "parquet(\"%s\")".formatted(folder.resolve("edited")))
                .replace("setSteps(20)", "setSteps(6)");
        run(lines);
        assertEdited();
    }

    @Test
    void theLinesThatTrainRun() throws Exception {
        String lines = found("docs/spark.md", TRAINING)
                .replace("my-pictures", folder.resolve("photos").toString())
                .replace(
                        "my-lora.safetensors",
                        folder.resolve("lora.safetensors").toString())
                .replace("stable-diffusion-v1-5", EmbeddedModel.folder().toString())
                .replace("steps(200)", "steps(1)")
                .replace("accumulating(8)", "accumulating(2)");
        for (String name : new String[] {"a.txt", "b.txt"}) {
            Files.writeString(folder.resolve("photos").resolve(name), "a black square");
        }
        run("var context = new org.apache.spark.api.java.JavaSparkContext(SparkSession.active().sparkContext());\n"
                + lines);
        assertThat(folder.resolve("lora.safetensors")).isNotEmptyFile();
    }

    private void run(String lines) throws Exception {
        String program = """
                import java.nio.file.Path;
                import org.apache.spark.sql.*;
                import org.sd15.pipeline.model.ModelFiles;
                import org.sd15.pipeline.training.run.Training;
                import org.sd15.spark.*;
                import org.sd15.spark.training.*;
                public class Lines {
                    public static void main(String[] arguments) throws Exception {
                        %s
                    }
                }
                """.formatted(lines);
        Path source = Files.writeString(folder.resolve("Lines.java"), program);
        int code = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-cp", classPath(), source.toString());
        assertThat(code).as(program).isZero();
        URL[] compiled = {folder.toUri().toURL()};
        try (var loader = new URLClassLoader(compiled, getClass().getClassLoader())) {
            loader.loadClass("Lines").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        }
    }

    @Test
    void theArgumentsOfSparkSubmitAreTaken() throws IOException {
        List<String> arguments = new ArrayList<>();
        Matcher words = WORD.matcher(found("docs/spark.md", SUBMIT));
        while (words.find()) {
            String word = words.group(1) == null ? words.group(2) : words.group(1);
            boolean path = word.equals("photos") || word.equals("edited");
            arguments.add(path ? folder.resolve(word).toString() : word.equals("20") ? "2" : word);
        }
        Main.main(arguments.toArray(String[]::new));
        assertEdited();
    }
}
