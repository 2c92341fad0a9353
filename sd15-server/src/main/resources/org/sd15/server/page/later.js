// Changes that come close together are one.

/** A function that runs an action once, some milliseconds after the last call. Its now() runs it at once, if it waits. */
export function later(milliseconds, action) {
  let timer = null;
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      action();
    }, milliseconds);
  };
  call.now = () => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    action();
  };
  return call;
}

/** Answers that come after a newer question was asked are dropped: wraps an asynchronous function so. */
export function newestOnly(ask, answered, failed) {
  let number = 0;
  return async (...question) => {
    const mine = ++number;
    try {
      const answer = await ask(...question);
      if (mine === number) answered(answer);
    } catch (problem) {
      if (mine === number) failed(problem);
    }
  };
}
