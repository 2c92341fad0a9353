package org.sd15.cli;

import java.lang.reflect.AnnotatedElement;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Looks at what was typed before a command begins: numbers and their ranges, paths, texts with a grammar. */
final class OptionChecks {

    /** What is written: it may be a device or a pipe. */
    private static final Set<String> WRITTEN = Set.of("--output", "--dump", "OUT");

    private OptionChecks() {}

    /**
     * Refuses what can't be meant.
     *
     * @throws IllegalArgumentException naming the option, what it is and what it must be
     */
    static void require(ParseResult parsed) {
        for (ParseResult command : chain(parsed)) {
            for (OptionSpec option : command.matchedOptions()) {
                require(option, option.longestName());
            }
            for (ArgSpec parameter : command.matchedPositionals()) {
                require(parameter, parameter.paramLabel());
            }
            requireGrammar(command.commandSpec());
        }
    }

    /** A command and its subcommands, as they were typed. */
    static List<ParseResult> chain(ParseResult parsed) {
        List<ParseResult> chain = new ArrayList<>();
        for (ParseResult command = parsed; command != null; command = command.subcommand()) {
            chain.add(command);
        }
        return chain;
    }

    /** What runs: the last command that was typed. */
    static Object command(ParseResult parsed) {
        List<ParseResult> chain = chain(parsed);
        return chain.get(chain.size() - 1).commandSpec().userObject();
    }

    /** The values of an argument: none, one or several. */
    static List<?> values(ArgSpec argument) {
        Object value = argument.getValue();
        if (value == null) {
            return List.of();
        }
        return value instanceof List<?> several ? several : List.of(value);
    }

    /** Whether something is written to the path that an argument names, rather than read from it. */
    static boolean isWritten(ArgSpec argument) {
        return WRITTEN.contains(argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel());
    }

    private static void require(ArgSpec argument, String name) {
        for (Object value : values(argument)) {
            if (value instanceof Path path) {
                requirePath(name, path, isWritten(argument));
            } else if (value instanceof Number number) {
                bounds(argument).require(name, number);
            }
        }
    }

    private static void requirePath(String name, Path path, boolean written) {
        if (path.toString().isEmpty()) {
            throw new IllegalArgumentException(name + " is empty, must be a path");
        }
        if (!written) {
            InputFile.require(path);
        }
    }

    /** The bounds of an argument's numbers. */
    static Bounds bounds(ArgSpec argument) {
        InRange range =
                argument.userObject() instanceof AnnotatedElement field ? field.getAnnotation(InRange.class) : null;
        return range == null ? Bounds.FINITE : Bounds.of(range);
    }

    private static void requireGrammar(CommandSpec command) {
        if (command.userObject() instanceof Checked options) {
            options.check();
        }
        for (CommandSpec mixin : command.mixins().values()) {
            requireGrammar(mixin);
        }
    }
}
