"use strict";

// Waiting for what is to come, in tests.

const LIMIT_MS = 5000;

/** Wait until a condition holds; give what it gave. */
async function until(condition, what = condition.toString(), limit = LIMIT_MS) {
  const end = Date.now() + limit;
  for (let found = condition(); ; found = condition()) {
    if (found) return found;
    if (Date.now() > end) throw new Error(`this never came: ${what}`);
    await pause(2);
  }
}

/** Let so many milliseconds pass. */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

module.exports = { pause, until };
