/** The one class of errors. index.d.ts says what its members are. */
export class PresignerError extends Error {
  /**
   * @param {string} type
   * @param {{ status?: number, detail?: string, retryAfterSecs?: number }} [what]
   */
  constructor(type, { status = 0, detail = "", retryAfterSecs } = {}) {
    super(detail || type);
    this.name = "PresignerError";
    this.type = type;
    this.status = status;
    this.detail = detail;
    this.retryAfterSecs = retryAfterSecs;
  }
}
