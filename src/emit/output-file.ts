/** What emitters give, under the name they know it by; the type stands in the model because saving needs it too. */
export type { OutputFile } from '../model/output-file.ts'
