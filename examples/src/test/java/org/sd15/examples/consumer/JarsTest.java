package org.sd15.examples.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The jars can stand on a module path: each has a name, and no package is in two of them. */
class JarsTest {

    private static List<ModuleDescriptor> modules() throws IOException {
        List<Path> jars = new ArrayList<>();
        for (Artifacts.Artifact artifact : Artifacts.JARS) {
            jars.add(artifact.jar());
        }
        return ModuleFinder.of(jars.toArray(Path[]::new)).findAll().stream()
                .map(ModuleReference::descriptor)
                .toList();
    }

    @Test
    void eachJarHasTheNameOfAModule() throws IOException {
        assertThat(modules())
                .extracting(ModuleDescriptor::name)
                .containsExactlyInAnyOrder(
                        "org.sd15.attention",
                        "org.sd15.attention.fused",
                        "org.sd15.unet",
                        "org.sd15.importer",
                        "org.sd15.pipeline",
                        "org.sd15.pipeline.training",
                        "org.sd15.shapes",
                        "org.sd15.benchmark",
                        "org.sd15.server",
                        "org.sd15.spark",
                        "org.sd15.cli");
    }

    @Test
    void eachPackageIsInOneJar() throws IOException {
        Map<String, List<String>> jarsOf = new TreeMap<>();
        for (ModuleDescriptor module : modules()) {
            for (String name : module.packages()) {
                jarsOf.computeIfAbsent(name, any -> new ArrayList<>()).add(module.name());
            }
        }
        assertThat(jarsOf)
                .hasSizeGreaterThan(20)
                .allSatisfy((name, jars) -> assertThat(name).startsWith(jars.get(0)));
        assertThat(jarsOf.values()).allSatisfy(jars -> assertThat(jars).hasSize(1));
    }
}
