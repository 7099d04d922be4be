/**
 * What the mask knows: one row for each cause of a mis-parse, with what it is for and an example that the tests run.
 * The words of the attribute rows are in `words.ts`.
 */

/** One cause of a mis-parse and what is done about it. */
export interface MaskRow {
  readonly name: string;
  /** What the C grammar cannot read, and what stands there after masking. */
  readonly why: string;
  /** A text that does not parse, or parses to something else, as it is. */
  readonly before: string;
  /** The same text masked. */
  readonly after: string;
}

/** The rows by the name under which the scan counts them; the order is that of `MASK_ROWS`. */
export const ROW = {
  attribute: 0,
  attributeArguments: 1,
  unknownAttribute: 2,
  trailingAttribute: 3,
  typeArgument: 4,
  keywordArgument: 5,
  operatorArgument: 6,
  emptyArgument: 7,
  designatorArgument: 8,
  statementArgument: 9,
  wordsInARow: 10,
  stringMacro: 11,
  loop: 12,
  noSemicolon: 13,
  noComma: 14,
  functionMacro: 15,
  declarationMacro: 16,
  memberMacro: 17,
  structGroup: 18,
  enumeratorMacro: 19,
  typeof: 20,
  offsetofMember: 21,
  caseRange: 22,
  labelAtEnd: 23,
  labelAddress: 24,
  bitfield: 25,
  asmInline: 26,
  strayMemberSemicolon: 27,
  directiveInside: 28,
  branchDropped: 29,
  deadBranch: 30,
  namedVariadic: 31,
  directiveTail: 32,
  comment: 33,
  pastedWord: 34,
  colonArgument: 35,
  controlMacro: 36,
  listArgument: 37,
  designatorMacro: 38,
  nullDirective: 39,
  defineComment: 40,
  emptyDefine: 41,
  asmOperand: 42,
  alignofExpression: 43,
  lonelyMacro: 44,
  unitSuffix: 45,
  computedGoto: 46,
  asmLabel: 47,
  taggedMacro: 48,
  uselessStorage: 49,
} as const;
