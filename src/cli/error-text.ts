/** What an operator is told of an error: its cause too, which may be a full disk or a server that is not there. */
export function errorText({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
}
