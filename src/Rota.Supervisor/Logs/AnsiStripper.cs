namespace Rota.Supervisor.Logs;

/// <summary>Takes colours and cursor movements out of a stream, also where a sequence is cut between two
/// reads.</summary>
internal sealed class AnsiStripper
{
    private const byte Escape = 0x1b;

    // Supervisor's own list of the letters that end a sequence.
    private static ReadOnlySpan<byte> Ends => "HfABCDRsuJKhlpm"u8;

    private bool _afterEscape;
    private bool _inSequence;

    public byte[] Strip(ReadOnlySpan<byte> bytes)
    {
        var kept = new List<byte>(bytes.Length + 1);
        foreach (var value in bytes)
        {
            if (_inSequence)
            {
                _inSequence = !Ends.Contains(value);
            }
            else if (_afterEscape)
            {
                _afterEscape = value == Escape;
                _inSequence = value == '[';
                if (!_inSequence)
                    kept.Add(Escape);
                if (!_inSequence && !_afterEscape)
                    kept.Add(value);
            }
            else if (value == Escape)
            {
                _afterEscape = true;
            }
            else
            {
                kept.Add(value);
            }
        }
        return [.. kept];
    }
}
