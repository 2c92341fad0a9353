package org.sd15.examples.quickstart;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Short texts, a question about each and its answer, and the arrays of them that a network takes: numbers of words, padded
 * to the longest text of a batch, with a mask that says which are there.
 */
final class Stories {

    private static final List<String> PEOPLE = List.of("anna", "ben", "carl", "dora", "emma", "finn", "gina", "hugo");
    private static final List<String> PLACES = List.of("kitchen", "garden", "attic", "office", "cellar", "street");
    private static final List<String> OUTDOORS = List.of("garden", "street");

    /** All words, each with a number; 0 is what texts are padded with. */
    private static final List<String> WORDS =
            List.copyOf(new LinkedHashSet<>(Stream.of(List.of("", "in", "where", "is", ","), PEOPLE, PLACES)
                    .flatMap(List::stream)
                    .toList()));

    /** What is asked for. */
    enum Answers {
        /** In which of the places a person is. */
        PLACE,
        /** Whether that is a place inside. */
        INSIDE;

        List<String> names() {
            return this == PLACE ? PLACES : List.of("inside", "outside");
        }

        int of(String place) {
            return this == PLACE ? PLACES.indexOf(place) : OUTDOORS.contains(place) ? 1 : 0;
        }
    }

    /**
     * A text of two to six facts, for instance {@code ben in attic , gina in street}, and a question, for instance {@code
     * where is gina}.
     */
    record Story(String text, String question, String place) {

        static Story draw(Random random) {
            List<String> people = new ArrayList<>(PEOPLE);
            Collections.shuffle(people, random);
            List<String> facts = new ArrayList<>();
            List<String> places = new ArrayList<>();
            for (String person : people.subList(0, 2 + random.nextInt(5))) {
                places.add(PLACES.get(random.nextInt(PLACES.size())));
                facts.add(person + " in " + places.get(places.size() - 1));
            }
            int asked = random.nextInt(facts.size());
            return new Story(String.join(" , ", facts), "where is " + people.get(asked), places.get(asked));
        }
    }

    private Stories() {}

    static int words() {
        return WORDS.size();
    }

    static List<Story> draw(int count, long seed) {
        var random = new Random(seed);
        return Stream.generate(() -> Story.draw(random)).limit(count).toList();
    }

    /** Questions {@code [batch, 3]}, texts {@code [batch, longest]} with their mask, answers {@code [batch, answers]}. */
    static MultiDataSet batch(List<Story> stories, Answers answers) {
        int longest = stories.stream()
                .mapToInt(story -> numbers(story.text()).length)
                .max()
                .orElseThrow();
        INDArray questions = Nd4j.zeros(DataType.FLOAT, stories.size(), 3);
        INDArray texts = Nd4j.zeros(DataType.FLOAT, stories.size(), longest);
        INDArray mask = Nd4j.zeros(DataType.FLOAT, stories.size(), longest);
        INDArray labels =
                Nd4j.zeros(DataType.FLOAT, stories.size(), answers.names().size());
        for (int i = 0; i < stories.size(); i++) {
            Story story = stories.get(i);
            int[] question = numbers(story.question());
            for (int word = 0; word < question.length; word++) {
                questions.putScalar(i, word, question[word]);
            }
            int[] text = numbers(story.text());
            for (int word = 0; word < text.length; word++) {
                texts.putScalar(i, word, text[word]);
                mask.putScalar(i, word, 1);
            }
            labels.putScalar(i, answers.of(story.place()), 1);
        }
        return new MultiDataSet(
                new INDArray[] {questions, texts}, new INDArray[] {labels}, new INDArray[] {null, mask}, null);
    }

    private static int[] numbers(String text) {
        return Stream.of(text.split(" ")).mapToInt(WORDS::indexOf).toArray();
    }
}
