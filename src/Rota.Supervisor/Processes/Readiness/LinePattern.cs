using System.Text;
using System.Text.RegularExpressions;

namespace Rota.Supervisor.Processes.Readiness;

/// <summary>Looks for a line that matches, in one output of a process; lives on the output thread.</summary>
/// <remarks>A line counts when it is whole, so that `$` means its end. What has no end after 64 KiB is looked at in
/// pieces of that size.</remarks>
internal sealed class LinePattern(string pattern, Action onFound)
{
    private const int LongestLine = 64 * 1024;

    private readonly Regex _pattern = new(pattern, RegexOptions.NonBacktracking);
    private readonly List<byte> _line = [];
    private bool _isFound;

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!_isFound && !bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var length = Math.Min(end < 0 ? bytes.Length : end, LongestLine - _line.Count);
            _line.AddRange(bytes[..length]);
            bytes = bytes[length..];
            if (end == length)
                bytes = bytes[1..];
            if (end == length || _line.Count == LongestLine)
                Look();
        }
    }

    private void Look()
    {
        var line = Encoding.UTF8.GetString([.. _line]).TrimEnd('\r');
        _line.Clear();
        if (!_pattern.IsMatch(line))
            return;
        _isFound = true;
        onFound();
    }
}
