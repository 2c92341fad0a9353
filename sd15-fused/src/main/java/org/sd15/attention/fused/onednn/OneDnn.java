package org.sd15.attention.fused.onednn;

import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;

/** The oneDNN library of this process: whether its natives load, and its CPU engine. */
public final class OneDnn {

    private OneDnn() {}

    /** Loads once, at the first question, and remembers what went wrong. */
    private static final class Library {

        private static final Library THE = new Library();

        private final Optional<String> problem;
        private final String version;
        private final Optional<engine> cpu;

        private Library() {
            Optional<String> wrong = Optional.empty();
            String text = "";
            Optional<engine> found = Optional.empty();
            try {
                var v = dnnl.dnnl_version();
                text = "%d.%d.%d".formatted(v.major(), v.minor(), v.patch());
                found = Optional.of(new engine(engine.kind.cpu, 0));
            } catch (LinkageError | RuntimeException missing) {
                wrong = Optional.of(explanation(missing, Dependencies.missing()));
            }
            problem = wrong;
            version = text;
            cpu = found;
        }
    }

    private static String explanation(Throwable problem, List<String> missing) {
        String said = "oneDNN's natives do not load: " + problem.getMessage();
        return missing.isEmpty() ? said : said + "; missing among the dependencies: " + String.join(", ", missing);
    }

    /** Why oneDNN can't be used here, and which dependencies are missing; empty where it can. */
    public static Optional<String> problem() {
        return Library.THE.problem;
    }

    /** Its version, for instance 3.11.2; empty where it can't be used. */
    public static String version() {
        return Library.THE.version;
    }

    /** Whether this CPU has instructions for bfloat16. */
    public static boolean hasBfloat16() {
        int wanted = dnnl.dnnl_cpu_isa_avx512_core_bf16;
        return problem().isEmpty() && (dnnl.dnnl_get_effective_cpu_isa() & wanted) == wanted;
    }

    /** The CPU of this machine. */
    public static engine engine() {
        return Library.THE.cpu.orElseThrow(
                () -> new IllegalStateException(Library.THE.problem.orElse("oneDNN has no CPU engine")));
    }
}
