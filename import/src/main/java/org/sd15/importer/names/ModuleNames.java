package org.sd15.importer.names;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The same modules under two names each. A tensor's name is that of its module and a rest, such as {@code weight}, that
 * both sides share; it is translated when, cut at one of its dots, its head is a known module. Nothing is ever replaced
 * within a name.
 */
public final class ModuleNames {

    private final Map<String, String> toLdm = new HashMap<>();
    private final Map<String, String> toDiffusers = new HashMap<>();
    private int longest;

    ModuleNames() {}

    /** Adds a module. */
    void add(String diffusers, String ldm) {
        if (toLdm.put(diffusers, ldm) != null || toDiffusers.put(ldm, diffusers) != null) {
            throw new IllegalArgumentException("module %s or %s has two names".formatted(diffusers, ldm));
        }
        longest = Math.max(longest, Math.max(diffusers.length(), ldm.length()));
    }

    /** The name in a single-file checkpoint; empty if the tensor is of no known module. */
    public Optional<String> toLdm(String diffusersName) {
        return translate(diffusersName, toLdm);
    }

    /** The name in diffusers' files; empty if the tensor is of no known module. */
    public Optional<String> toDiffusers(String ldmName) {
        return translate(ldmName, toDiffusers);
    }

    private Optional<String> translate(String name, Map<String, String> modules) {
        for (int dot = name.lastIndexOf('.', longest); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
            String module = modules.get(name.substring(0, dot));
            if (module != null) {
                return Optional.of(module + name.substring(dot));
            }
        }
        return Optional.empty();
    }
}
