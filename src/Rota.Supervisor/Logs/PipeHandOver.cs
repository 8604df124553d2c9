namespace Rota.Supervisor.Logs;

/// <summary>A pipe of a child in the middle of its stream.</summary>
/// <param name="Held">What may be the beginning of a mark.</param>
/// <param name="Captured">Of the event whose end has not come.</param>
/// <param name="Unwritten">What the log has not taken yet.</param>
internal sealed record PipeHandOver(int Descriptor, byte[] Held, byte[] Captured, bool IsCapturing, byte[] Unwritten);
