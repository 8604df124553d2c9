namespace Rota.Supervisor.Logs;

/// <summary>A pipe of a child in the middle of its stream.</summary>
/// <param name="Held">What may be the beginning of a mark.</param>
/// <param name="Captured">Of the event whose end has not come.</param>
/// <param name="Unwritten">What the log has not taken yet.</param>
/// <param name="BegunLine">Of a log of JSON, a line whose end has not come.</param>
internal sealed record PipeHandOver(int Descriptor, byte[] Held, byte[] Captured, bool IsCapturing, byte[] Unwritten,
    byte[]? BegunLine = null);
