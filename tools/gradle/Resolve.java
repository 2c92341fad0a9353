import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.gradle.api.Project;
import org.gradle.testfixtures.ProjectBuilder;

/** Has Gradle resolve the dependencies that the README has for it, and prints the class path at run time. */
final class Resolve {

    private static final Pattern LINE = Pattern.compile("(\\w+)\\((platform\\()?\"([^\"]+)\"\\)");

    private Resolve() {}

    /** Takes the README, a folder for Gradle's own files, and repositories in the layout of Maven. */
    public static void main(String[] arguments) throws Exception {
        Project project = ProjectBuilder.builder()
                .withProjectDir(new File(arguments[1], "project"))
                .withGradleUserHomeDir(new File(arguments[1], "home"))
                .build();
        project.getPluginManager().apply("java-library");
        for (int i = 2; i < arguments.length; i++) {
            File repository = new File(arguments[i]);
            project.getRepositories().maven(maven -> maven.setUrl(repository.toURI()));
        }
        project.getRepositories().mavenCentral();
        String text = Files.readString(Path.of(arguments[0]));
        int start = text.indexOf("```kotlin\n");
        var dependencies = project.getDependencies();
        for (MatchResult line : LINE.matcher(text.substring(start, text.indexOf("\n```", start)))
                .results()
                .toList()) {
            Object dependency = line.group(2) == null ? line.group(3) : dependencies.platform(line.group(3));
            dependencies.add(line.group(1), dependency);
        }
        System.out.println(project.getConfigurations().getByName("runtimeClasspath").resolve().stream()
                .map(File::getPath)
                .collect(Collectors.joining(File.pathSeparator)));
        System.exit(0); // Gradle's threads go on
    }
}
