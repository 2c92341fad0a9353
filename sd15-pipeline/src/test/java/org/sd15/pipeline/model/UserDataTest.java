package org.sd15.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The user's data folder is where each system has it. */
class UserDataTest {

    private static final Path HOME = Path.of("home").toAbsolutePath();

    @Test
    void linuxFollowsXdg() {
        Path elsewhere = Path.of("elsewhere").toAbsolutePath();
        assertThat(UserData.folder("Linux", HOME, Map.of())).isEqualTo(HOME.resolve(".local/share/sd15"));
        assertThat(UserData.folder("Linux", HOME, Map.of("XDG_DATA_HOME", elsewhere.toString())))
                .isEqualTo(elsewhere.resolve("sd15"));
        assertThat(UserData.folder("Linux", HOME, Map.of("XDG_DATA_HOME", "not/absolute")))
                .isEqualTo(HOME.resolve(".local/share/sd15"));
        assertThat(UserData.folder("Linux", HOME, Map.of("XDG_DATA_HOME", "")))
                .isEqualTo(HOME.resolve(".local/share/sd15"));
    }

    @Test
    void windowsAndMacHaveTheirOwn() {
        Path local = Path.of("local").toAbsolutePath();
        assertThat(UserData.folder("Windows 11", HOME, Map.of("LOCALAPPDATA", local.toString())))
                .isEqualTo(local.resolve("sd15"));
        assertThat(UserData.folder("Windows 11", HOME, Map.of())).isEqualTo(HOME.resolve("AppData/Local/sd15"));
        assertThat(UserData.folder("Mac OS X", HOME, Map.of("XDG_DATA_HOME", local.toString())))
                .isEqualTo(HOME.resolve("Library/Application Support/sd15"));
    }
}
