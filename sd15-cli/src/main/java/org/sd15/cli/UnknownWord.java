package org.sd15.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sd15.importer.io.VisibleText;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** What is wrong with a word that is none of those that an option or parameter takes. */
final class UnknownWord {

    private UnknownWord() {}

    /** What to tell the user, if the problem is such a word. */
    static Optional<String> problem(ParameterException problem) {
        ArgSpec argument = problem.getArgSpec();
        if (argument == null || problem.getValue() == null || !isListed(argument)) {
            return Optional.empty();
        }
        String name = argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
        return Optional.of("%s is \"%s\", must be %s"
                .formatted(
                        name,
                        VisibleText.of(problem.getValue()),
                        listed(argument.type().getEnumConstants())));
    }

    /** One with a converter says itself what it takes. */
    private static boolean isListed(ArgSpec argument) {
        return argument.type().isEnum() && argument.converters().length == 0;
    }

    private static String listed(Object[] constants) {
        List<String> words = Arrays.stream(constants)
                .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                .toList();
        int last = words.size() - 1;
        return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }
}
