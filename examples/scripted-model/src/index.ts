export { answer, modelName, type AnswerOptions } from './answer.js';
export type { ChatCompletion, ChatMessage, ChatRequest } from './chat.js';
export { modes, type Mode } from './misbehave.js';
export {
  startScriptedModel,
  type RunningScriptedModel,
  type ScriptedModelOptions,
} from './server.js';
