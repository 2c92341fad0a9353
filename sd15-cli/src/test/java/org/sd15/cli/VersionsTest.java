package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The version stands in several places that can't read it from one another. */
class VersionsTest {

    private static final Path ROOT = Path.of(System.getProperty("sd15.root"));

    private static String version(String pom) throws Exception {
        return Pattern.compile("<artifactId>sd15-(?:parent|bom)</artifactId>\\s*<version>([^<]+)</version>")
                .matcher(Files.readString(ROOT.resolve(pom)))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15-bom/pom.xml", "examples/consumer/pom.xml"})
    void allPomsHaveOneVersion(String pom) throws Exception {
        assertThat(version(pom)).isEqualTo(version("pom.xml"));
    }

    @Test
    void theProgramSaysTheVersionOfThePom() throws Exception {
        assertThat(Versions.SD15).isEqualTo("sd15 " + version("pom.xml").replace("-SNAPSHOT", ""));
    }

    @Test
    void theReadmeAndTheChangesSpeakOfIt() throws Exception {
        Pattern written = Pattern.compile("[0-9.]+-SNAPSHOT");
        String version = version("pom.xml");
        assertThat(written.matcher(Files.readString(ROOT.resolve("README.md"))).results())
                .isNotEmpty()
                .extracting(MatchResult::group)
                .containsOnly(version);
        assertThat(Files.readString(ROOT.resolve("CHANGELOG.md"))).contains("## " + version);
    }
}
