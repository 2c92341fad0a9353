"""Numbers for StatisticsTest: intervals and paired tests by SciPy 1.17.1 and statsmodels 0.15.0."""
import itertools

import numpy as np
from scipy.stats import binomtest, wilcoxon
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

for successes, count in ((48, 60), (43, 60), (0, 12), (12, 12), (1, 3)):
    low, high = proportion_confint(successes, count, method="wilson")
    print("wilson", successes, count, "%.15f %.15f" % (low, high))
for first, second in ((9, 4), (16, 0), (3, 3), (0, 0), (1, 7), (30, 12)):
    table = [[1, first], [second, 1]]
    p = mcnemar(table, exact=True).pvalue if first + second else 1.0
    if first + second:
        assert abs(p - min(1, binomtest(first, first + second).pvalue)) < 1e-14
    print("mcnemar", first, second, "%.15g" % p)

untied = [((-1) ** (i * i % 7) * (i + 0.5) ** 1.5 + 9) for i in range(20)]
print("wilcoxon untied %.15g" % wilcoxon(untied, method="exact").pvalue)
large = [((-1) ** (i * i % 5) * (i + 0.5) ** 1.5 + 40) for i in range(50)]
print("wilcoxon large %.15g" % wilcoxon(large, method="exact").pvalue)


def all_signs(differences):
    """With ties and zeros: the ranks by SciPy, all signs one by one."""
    from scipy.stats import rankdata
    kept = np.array([d for d in differences if d != 0])
    ranks = rankdata(abs(kept))
    seen = ranks[kept > 0].sum()
    small = min(seen, ranks.sum() - seen)
    sums = [sum(r for r, s in zip(ranks, signs) if s) for signs in itertools.product((0, 1), repeat=len(ranks))]
    return min(1, 2 * np.mean([s <= small for s in sums]))


tied = [1, -1, 2, 2, 0, 3, -2, 5, 5, 1, 4, 0, 3]
print("wilcoxon tied %.15g" % all_signs(tied))
tests = [0.01, 0.04, 0.03, 0.005, 0.5, 0.2]
print("holm", ["%.15g" % p for p in multipletests(tests, method="holm")[1]])

values = [1.0, 2.5, 4.0, 9.0]
means = [np.mean(sample) for sample in itertools.product(values, repeat=4)]
print("bootstrap, all samples", np.quantile(means, (0.025, 0.975), method="inverted_cdf"))
