// The page of a case: the keys of the labeling page, for its one question.

import { listen } from "./keys.js";
import { Questions } from "./questions.js";

const form = document.querySelector("[data-case-form]");

if (form) {
  const questions = new Questions(form);
  const run = {
    choose: (key) => questions.choose(key),
    rationale: () => {
      form.elements.rationale.focus();
      return true;
    },
    leave: () => {
      questions.go(questions.asked[0]);
      return true;
    },
    submit: () => {
      form.requestSubmit();
      return true;
    },
    help: () => {
      document.getElementById("keys")?.showModal();
      return true;
    },
  };
  questions.mark(questions.asked[0]);
  listen((command, key) => run[command]?.(key) ?? false);
}
