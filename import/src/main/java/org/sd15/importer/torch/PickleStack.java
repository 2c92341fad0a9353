package org.sd15.importer.torch;

import java.util.ArrayList;
import java.util.List;
import org.sd15.importer.torch.PickleValue.Singleton;

/** The stack of the machine. Taking what is not there is the pickle's error. */
final class PickleStack {

    private final List<Object> values = new ArrayList<>();
    private final PickleInput in;

    PickleStack(PickleInput in) {
        this.in = in;
    }

    void push(Object value) {
        values.add(value);
    }

    Object top() {
        if (values.isEmpty()) {
            throw in.problem("takes from an empty stack");
        }
        return values.get(values.size() - 1);
    }

    Object pop() {
        Object top = top();
        values.remove(values.size() - 1);
        return top;
    }

    /** The last few values, in the order in which they were pushed. */
    List<Object> pop(int count) {
        int begin = values.size() - count;
        if (begin < 0) {
            throw in.problem("takes from an empty stack");
        }
        List<Object> last = values.subList(begin, values.size());
        List<Object> items = new ArrayList<>(last);
        last.clear();
        return items;
    }

    /** The values above the last mark; the mark goes too. */
    List<Object> popToMark() {
        for (int i = values.size() - 1; i >= 0; i--) {
            if (values.get(i) == Singleton.MARK) {
                List<Object> items = pop(values.size() - 1 - i);
                pop();
                return items;
            }
        }
        throw in.problem("closes a bracket that was not opened");
    }
}
