package org.sd15.attention.fused.onednn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.bytedeco.javacpp.Loader;

/**
 * What oneDNN needs on an application's class path beside this library, as Maven writes it. A build that takes versions as
 * they come gets JavaCPP in the version that ND4J asks for, and no natives of oneDNN.
 */
final class Dependencies {

    private static final String GROUP = "org.bytedeco";

    private Dependencies() {}

    /** A class path. */
    interface ClassPath {

        /** The version of an artifact; empty if it is not there. */
        Optional<String> version(String artifact);

        /** Whether there are natives for this machine in a folder. */
        boolean hasNatives(String library, String folder);
    }

    /** What is missing on this process's class path. */
    static List<String> missing() {
        Properties platform = Loader.loadProperties();
        return missing(Loader.getPlatform(), new ClassPath() {
            @Override
            public Optional<String> version(String artifact) {
                try {
                    return Optional.ofNullable(Loader.getVersion(GROUP, artifact));
                } catch (IOException notThere) {
                    return Optional.empty();
                }
            }

            @Override
            public boolean hasNatives(String library, String folder) {
                String file = platform.getProperty("platform.library.prefix", "")
                        + library
                        + platform.getProperty("platform.library.suffix", "");
                return Dependencies.class.getClassLoader().getResource(folder + "/" + file) != null;
            }
        });
    }

    /** What is missing on a class path for a platform such as {@code linux-x86_64}. */
    static List<String> missing(String platform, ClassPath path) {
        List<String> missing = new ArrayList<>();
        Optional<String> dnnl = path.version("dnnl");
        if (dnnl.isEmpty()) {
            return List.of(GROUP + ":dnnl with its natives");
        }
        String wanted = dnnl.get().substring(dnnl.get().indexOf('-') + 1); // 3.11-1.5.13 is made for JavaCPP 1.5.13
        String found = path.version("javacpp").orElse("none");
        if (!found.equals(wanted)) {
            missing.add(
                    "%s:javacpp:%s, also with the classifier %s (it is %s)".formatted(GROUP, wanted, platform, found));
        }
        for (String artifact : List.of("dnnl", "opencl")) {
            String library = artifact.equals("dnnl") ? "jnidnnl" : "jniOpenCL";
            if (!path.hasNatives(library, "org/bytedeco/%s/%s".formatted(artifact, platform))) {
                missing.add("%s:%s:%s with the classifier %s"
                        .formatted(GROUP, artifact, path.version(artifact).orElse("?"), platform));
            }
        }
        return missing;
    }
}
