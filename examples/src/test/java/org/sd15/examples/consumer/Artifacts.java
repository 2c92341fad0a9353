package org.sd15.examples.consumer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the modules before this one have made, by the time that the tests of this one run in {@code verify}. */
final class Artifacts {

    /** The folders that have a jar, with the names that it is published under. */
    static final List<Artifact> JARS = List.of(
            new Artifact("sd15-attention", "sd15-attention"),
            new Artifact("sd15-fused", "sd15-fused"),
            new Artifact("sd15-unet", "sd15-unet"),
            new Artifact("import", "sd15-import"),
            new Artifact("sd15-pipeline", "sd15-pipeline"),
            new Artifact("sd15-training", "sd15-training"),
            new Artifact("sd15-shapes", "sd15-shapes"),
            new Artifact("sd15-benchmark", "sd15-benchmark"),
            new Artifact("sd15-server", "sd15-server"),
            new Artifact("sd15-spark", "sd15-spark"),
            new Artifact("sd15-cli", "sd15-cli"));

    private static final List<Artifact> POMS = List.of(
            new Artifact("", "sd15-parent"),
            new Artifact("sd15-bom", "sd15-bom"),
            new Artifact("sd15-native", "sd15-native"));

    private static final Path ROOT = Path.of(System.getProperty("sd15.root"));
    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

    private Artifacts() {}

    /** A module. */
    record Artifact(String folder, String name) {

        Path pom() {
            return ROOT.resolve(folder).resolve("pom.xml");
        }

        Path jar() throws IOException {
            Path jar = ROOT.resolve(folder).resolve("target").resolve("%s-%s.jar".formatted(name, version()));
            if (!Files.exists(jar)) {
                throw new IllegalStateException(jar + " is not there: run ./mvnw verify, or package, from the root");
            }
            return jar;
        }
    }

    /** The version of the project. */
    static String version() throws IOException {
        Matcher found = VERSION.matcher(Files.readString(ROOT.resolve("pom.xml")));
        if (!found.find()) {
            throw new IllegalStateException("the pom has no version");
        }
        return found.group(1);
    }

    /** Puts poms and jars where Maven's {@code install} puts them. */
    static void install(Path repository) throws IOException {
        for (Artifact artifact : POMS) {
            copy(artifact.pom(), repository, artifact.name(), "pom");
        }
        for (Artifact artifact : JARS) {
            copy(artifact.pom(), repository, artifact.name(), "pom");
            copy(artifact.jar(), repository, artifact.name(), "jar");
        }
    }

    private static void copy(Path file, Path repository, String name, String type) throws IOException {
        Path folder = repository.resolve("org/sd15").resolve(name).resolve(version());
        Files.createDirectories(folder);
        Files.copy(file, folder.resolve("%s-%s.%s".formatted(name, version(), type)));
    }
}
