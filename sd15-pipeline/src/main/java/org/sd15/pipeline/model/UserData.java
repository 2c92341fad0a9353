package org.sd15.pipeline.model;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folder for what a user keeps for all models, where each system has it: {@code $XDG_DATA_HOME/sd15}, else {@code
 * ~/.local/share/sd15}; {@code %LOCALAPPDATA%\sd15} on Windows; {@code ~/Library/Application Support/sd15} on macOS. The
 * system property {@code sd15.data} names another.
 */
public final class UserData {

    /** The system property that names another folder. */
    public static final String PROPERTY = "sd15.data";

    private static final String NAME = "sd15";

    private UserData() {}

    /** The tokenizer of single-file checkpoints that have none beside them. */
    public static Path tokenizer() {
        String other = System.getProperty(PROPERTY);
        Path data = other == null
                ? folder(
                        System.getProperty("os.name", ""),
                        Path.of(System.getProperty("user.home", ".")),
                        System.getenv())
                : Path.of(other);
        return data.resolve("tokenizer");
    }

    /** The folder on a system; paths of the environment that are not absolute do not count, as the XDG rules say. */
    static Path folder(String system, Path home, Map<String, String> environment) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            Path local = absolute(environment.get("LOCALAPPDATA"));
            return (local == null ? home.resolve("AppData").resolve("Local") : local).resolve(NAME);
        }
        if (name.startsWith("mac")) {
            return home.resolve("Library").resolve("Application Support").resolve(NAME);
        }
        Path data = absolute(environment.get("XDG_DATA_HOME"));
        return (data == null ? home.resolve(".local").resolve("share") : data).resolve(NAME);
    }

    private static @Nullable Path absolute(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        Path path = Path.of(text);
        return path.isAbsolute() ? path : null;
    }
}
