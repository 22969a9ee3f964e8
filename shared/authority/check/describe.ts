import type { FieldValue } from '#shared/model/field-value.ts';
import type { JsonValue } from '#shared/model/json.ts';
import type { Counterexample, Edit, Finding, PolicyPromise } from './finding.ts';
import { listed } from './report.ts';

/** A finding as lines of text: what is wrong, the edits that show it, and the promise that is then broken. */
export function describeFinding(finding: Finding): readonly string[] {
  const { code, type, message, counterexample } = finding;
  return [
    `${type}: ${code}`,
    `  ${message}`,
    ...describeCounterexample(counterexample).map((line) => `    ${line}`),
  ];
}

function describeCounterexample({ edits, promise }: Counterexample): readonly string[] {
  const steps = edits.map((edit, index) => `${index + 1}. ${describeEdit(edit)}`);
  return [...steps, `Then this does not hold: ${describePromise(promise)}`];
}

function describeEdit(edit: Edit): string {
  switch (edit.kind) {
    case 'create':
      return `A person makes a ${edit.system} ${edit.object}${withFields(' with ', edit.fields)}.`;
    case 'edit':
      return `A person sets ${fieldsOf(edit.fields, `${edit.system}.${edit.object}.`)}.`;
    case 'remove':
      return `A person deletes the ${edit.system} ${edit.object}.`;
    case 'set':
      return `An operator sets ${edit.path} to ${shownValue(edit.value)}.`;
    case 'observe':
      return `An operator switches the dimension ${edit.dimension} to observe.`;
  }
}

function withFields(before: string, fields: Readonly<Record<string, JsonValue>>): string {
  const text = fieldsOf(fields, '');
  return text === '' ? '' : `${before}${text}`;
}

function fieldsOf(fields: Readonly<Record<string, JsonValue>>, prefix: string): string {
  return listed(
    Object.entries(fields).map(([name, value]) => `${prefix}${name} to ${JSON.stringify(value)}`),
  );
}

function describePromise(promise: PolicyPromise): string {
  switch (promise.kind) {
    case 'says':
      return `${listed(promise.sayings.map(({ system, path, value }) => `${system} says ${shownValue(value)} for ${path}`))}.`;
    case 'rests':
      return 'nothing is written any more.';
    case 'exists':
      return `${promise.system} holds the record.`;
    case 'lacks':
      return `${promise.system} does not hold the record.`;
    case 'holds':
      return `${shownValue(promise.value)} is held true for ${promise.path}.`;
    case 'state':
      return `the record is ${promise.oneOf.join(' or ')}.`;
    case 'compared':
      return `${promise.path} has been compared.`;
    case 'judged':
      return `the record has a verdict for the dimension ${promise.dimension}.`;
    case 'applied':
      return `some decision names "${promise.name}".`;
  }
}

function shownValue(value: FieldValue): string {
  return value.state === 'value' ? JSON.stringify(value.value) : 'nothing';
}
