/** GraphQL over WebSocket (graphql-transport-ws), for Node and browsers. */
export { type GraphQlAgreed, type GraphQlWsOptions, graphqlWs } from './protocols/graphql-ws/graphql-ws.ts';
export type {
  GraphQlComplete,
  GraphQlFailed,
  GraphQlIn,
  GraphQlNext,
  GraphQlOut,
  GraphQlProblem,
  GraphQlSubscribe,
} from './protocols/graphql-ws/messages.ts';
