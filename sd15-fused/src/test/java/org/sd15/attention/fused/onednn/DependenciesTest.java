package org.sd15.attention.fused.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sd15.attention.fused.onednn.Dependencies.ClassPath;

/** What is said to be missing of the dependencies of the fused execution. */
class DependenciesTest {

    private record Told(Map<String, String> versions, Set<String> natives) implements ClassPath {

        @Override
        public Optional<String> version(String artifact) {
            return Optional.ofNullable(versions.get(artifact));
        }

        @Override
        public boolean hasNatives(String library, String folder) {
            return natives.contains(folder + "/" + library);
        }
    }

    /** What a build gets that names this library and ND4J and nothing else. */
    @Test
    void whereVersionsAreTakenAsTheyComeAllThreeAreNamed() {
        var versions = Map.of("javacpp", "1.5.7", "dnnl", "3.11-1.5.13", "opencl", "3.0-1.5.13");
        assertThat(Dependencies.missing("linux-x86_64", new Told(versions, Set.of())))
                .containsExactly(
                        "org.bytedeco:javacpp:1.5.13, also with the classifier linux-x86_64 (it is 1.5.7)",
                        "org.bytedeco:dnnl:3.11-1.5.13 with the classifier linux-x86_64",
                        "org.bytedeco:opencl:3.0-1.5.13 with the classifier linux-x86_64");
    }

    @Test
    void whatIsThereIsNotNamed() {
        var versions = Map.of("javacpp", "1.5.13", "dnnl", "3.11-1.5.13", "opencl", "3.0-1.5.13");
        Set<String> natives =
                Set.of("org/bytedeco/dnnl/macosx-arm64/jnidnnl", "org/bytedeco/opencl/macosx-arm64/jniOpenCL");
        assertThat(Dependencies.missing("macosx-arm64", new Told(versions, natives)))
                .isEmpty();
        assertThat(Dependencies.missing("macosx-x86_64", new Told(versions, natives)))
                .hasSize(2);
    }

    @Test
    void withoutTheClassesOfOneDnnTheyAreNamed() {
        assertThat(Dependencies.missing("linux-x86_64", new Told(Map.of(), Set.of())))
                .containsExactly("org.bytedeco:dnnl with its natives");
    }

    @Test
    void theTestsHaveEverything() {
        assertThat(Dependencies.missing()).isEmpty();
    }
}
