"use strict";
// Shows the items of an audit one by one: filters, pages, and how the models answered. Every text
// of a file reaches the page by textContent alone, which cannot become markup.
const PAGE = 20;
const SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

const letter = (position) => SYMBOLS[position] ?? String(position + 1);
const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

for (const place of document.querySelectorAll(".cards")) {
  const data = JSON.parse(place.querySelector("script").textContent);
  const items = data.items;
  const every = items.question.map((_, i) => i);
  const choose = (name, options) => {
    const select = make("select", { name });
    for (const [value, text] of options) {
      const option = make("option", { value });
      option.textContent = text;
      select.append(option);
    }
    return select;
  };
  const tally = (values) => {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    return counts;
  };
  const byRule = tally(items.findings.flatMap((found) => found.map(([rule]) => rule)));
  const suspects = every.filter((i) => items.flagged[i]);
  const bySubject = tally(suspects.map((i) => items.subject[i]));
  const rule = choose("rule", [
    ["suspects", `suspects (${suspects.length.toLocaleString("en")})`],
    ["found", "any finding"],
    ["", `all items (${every.length.toLocaleString("en")})`],
    ...data.rules.map(([id], i) => [String(i), `${id} (${byRule.get(i) ?? 0})`]),
  ]);
  const subject = choose("subject", [
    ["", "all subjects"],
    ...data.subjects.map((name, i) => [
      String(i),
      `${name} (${count(bySubject.get(i) ?? 0, "suspect")})`,
    ]),
  ]);
  const words = make("input", { name: "words", type: "search", size: "18" });
  const label = (text, control) => make("label", {}, text, control);
  const form = make("form", { role: "search" }, label("Show", rule), label("Subject", subject));
  form.append(label("Containing", words));
  const pager = () => {
    const [back, on] = ["Previous", "Next"].map((text) => make("button", { type: "button" }, text));
    const said = make("span", { role: "status" });
    back.addEventListener("click", () => turn(-1));
    on.addEventListener("click", () => turn(1));
    return { element: make("div", { class: "pager" }, back, on, said), back, on, said };
  };
  const pagers = [pager(), pager()];
  const list = make("div", {});
  place.append(form, pagers[0].element, list, pagers[1].element);

  const text = (name, attributes, value) => {
    const element = make(name, attributes);
    element.textContent = value;
    return element;
  };

  const answers = (i) => {
    const given = items.answers[i];
    const all = new Map();
    [...given].forEach((symbol, m) => {
      if (symbol === " ") return;
      if (!all.has(symbol)) all.set(symbol, []);
      all.get(symbol).push(data.models[m]);
    });
    return all;
  };

  const choiceList = (i, given, asked) => {
    const rows = items.choices[i].map((choice, position) => {
      const keyed = items.key[i].includes(position);
      const took = given.get(letter(position))?.length ?? 0;
      const notes = [keyed ? "keyed" : "", items.proposed[i] === position ? "proposed" : ""];
      if (data.letters && asked) notes.push(`${took} of ${count(asked, "model")}`);
      const shown = choice === "" ? text("span", { class: "empty" }, "empty") : null;
      return make(
        "li",
        keyed ? { class: "keyed" } : {},
        text("span", {}, `${letter(position)}.`),
        shown ?? text("span", {}, choice),
        text("span", { class: "count" }, notes.filter(Boolean).join(", ")),
      );
    });
    return make("ol", { class: "choices" }, ...rows);
  };

  const meaning = (symbol) => {
    if (symbol === "-") return "no answer that could be read";
    if (symbol === "1") return "right";
    if (symbol === "0") return "wrong";
    return symbol;
  };

  const answerList = (given, asked) => {
    const named = [...given].sort((a, b) => b[1].length - a[1].length);
    const lines = named.map(([symbol, who]) =>
      text("li", {}, `${meaning(symbol)}: ${who.join(", ")}`),
    );
    const right = given.get("1")?.length ?? 0;
    const said = data.letters ? "" : `, ${right} of them right`;
    return make(
      "details",
      { class: "answers" },
      text("summary", {}, `How ${count(asked, "model")} answered${said}`),
      make("ul", {}, ...lines),
    );
  };

  const card = (i) => {
    const given = answers(i);
    const asked = [...given.values()].reduce((n, who) => n + who.length, 0);
    const name = [data.subjects[items.subject[i]], items.id[i]].filter(Boolean).join(" \u00b7 ");
    const p = items.suspicion[i];
    const suspicion = `suspicion ${p > 0.99 ? "above 99" : Math.round(100 * p)}%`;
    const question = items.question[i];
    const article = make(
      "article",
      {},
      make("h3", {}, text("span", {}, name), text("span", { class: "suspicion" }, suspicion)),
      question === ""
        ? text("p", { class: "question empty" }, "no question")
        : text("p", { class: "question" }, question),
    );
    if (items.choices[i].length) article.append(choiceList(i, given, asked));
    if (items.reference[i] !== null)
      article.append(text("p", { class: "answers" }, `Answer: ${items.reference[i]}`));
    const found = items.findings[i].map(([r, evidence]) =>
      make("li", {}, text("span", { class: "rule" }, data.rules[r][0]), `: ${evidence}`),
    );
    if (found.length) article.append(make("ul", { class: "findings" }, ...found));
    if (asked) article.append(answerList(given, asked));
    return article;
  };

  let chosen = [];
  let first = 0;
  const show = () => {
    list.replaceChildren(...chosen.slice(first, first + PAGE).map(card));
    const last = Math.min(first + PAGE, chosen.length);
    const where = chosen.length
      ? `${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${count(chosen.length, "item")}, most suspect first`
      : "No item is like that.";
    for (const { back, on, said } of pagers) {
      said.textContent = where;
      back.disabled = first === 0;
      on.disabled = last >= chosen.length;
    }
  };
  const turn = (by) => {
    first = Math.max(0, Math.min(first + by * PAGE, chosen.length - 1));
    show();
    place.scrollIntoView({ block: "start" });
  };
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    const ruled = {
      suspects: (i) => items.flagged[i],
      found: (i) => items.findings[i].length > 0,
      "": () => true,
    };
    const number = Number(rule.value);
    const kept = ruled[rule.value] ?? ((i) => items.findings[i].some(([r]) => r === number));
    const within = (i) =>
      !wanted ||
      [items.id[i], items.question[i], ...items.choices[i]].some((t) =>
        t.toLowerCase().includes(wanted),
      );
    chosen = every.filter(
      (i) =>
        kept(i) && (subject.value === "" || items.subject[i] === Number(subject.value)) && within(i),
    );
    first = 0;
    show();
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  filter();
}
