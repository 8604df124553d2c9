using System.Text;

namespace Rota.Supervisor.Client;

/// <summary>Edits one line on a terminal: arrows, Home and End, history, Tab, and Ctrl with A, E, U, K,
/// W, C and D.</summary>
internal sealed class LineEditor(TextWriter output)
{
    private const int HistoryMax = 1000;

    private readonly List<string> _history = [];

    public void LoadHistory(string file)
    {
        if (File.Exists(file))
            _history.AddRange(File.ReadLines(file).TakeLast(HistoryMax));
    }

    /// <summary>A history that cannot be kept is no reason to fail.</summary>
    public void SaveHistory(string file)
    {
        try
        {
            File.WriteAllLines(file, _history.TakeLast(HistoryMax));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Null at Ctrl-D on an empty line.</summary>
    /// <param name="complete">Words that may stand at the end of this text.</param>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public async Task<string?> ReadAsync(string prompt, Func<string, Task<IReadOnlyList<string>>> complete)
    {
        var line = new StringBuilder();
        var (cursor, place) = (0, _history.Count);
        Console.TreatControlCAsInput = true;
        try
        {
            while (true)
            {
                Draw(prompt, line, cursor);
                var key = Console.ReadKey(intercept: true);
                var isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
                if (key.Key == ConsoleKey.Enter)
                    return Finish(line);
                if (isControl && key.Key == ConsoleKey.C)
                    throw new OperationCanceledException();
                if (isControl && key.Key == ConsoleKey.D && line.Length == 0)
                    return null;
                if (key.Key == ConsoleKey.Tab)
                    cursor = Insert(line, cursor, await CompletionAsync(line.ToString(0, cursor), complete));
                else if (key.Key is ConsoleKey.UpArrow or ConsoleKey.DownArrow)
                    (place, cursor) = Recall(line, place + (key.Key == ConsoleKey.UpArrow ? -1 : 1));
                else
                    cursor = Edit(line, cursor, key, isControl);
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    /// <summary>Shows nothing of what is typed.</summary>
    public string? ReadSecret()
    {
        var secret = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.D && key.Modifiers.HasFlag(ConsoleModifiers.Control))
                return null;
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
                secret.Length--;
            else if (!char.IsControl(key.KeyChar))
                secret.Append(key.KeyChar);
        }
        return secret.ToString();
    }

    private static int Edit(StringBuilder line, int cursor, ConsoleKeyInfo key, bool isControl)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow or ConsoleKey.B when isControl || key.Key == ConsoleKey.LeftArrow:
                return Math.Max(0, cursor - 1);
            case ConsoleKey.RightArrow or ConsoleKey.F when isControl || key.Key == ConsoleKey.RightArrow:
                return Math.Min(line.Length, cursor + 1);
            case ConsoleKey.Home:
            case ConsoleKey.A when isControl:
                return 0;
            case ConsoleKey.End:
            case ConsoleKey.E when isControl:
                return line.Length;
            case ConsoleKey.Backspace:
                return Remove(line, Math.Max(0, cursor - 1), cursor);
            case ConsoleKey.Delete:
            case ConsoleKey.D when isControl:
                return Remove(line, cursor, Math.Min(line.Length, cursor + 1));
            case ConsoleKey.U when isControl:
                return Remove(line, 0, cursor);
            case ConsoleKey.K when isControl:
                return Remove(line, cursor, line.Length);
            case ConsoleKey.W when isControl:
                return Remove(line, line.ToString(0, cursor).TrimEnd().LastIndexOf(' ') + 1, cursor);
            default:
                return char.IsControl(key.KeyChar) ? cursor : Insert(line, cursor, key.KeyChar.ToString());
        }
    }

    private static int Insert(StringBuilder line, int cursor, string text)
    {
        line.Insert(cursor, text);
        return cursor + text.Length;
    }

    private static int Remove(StringBuilder line, int start, int end)
    {
        line.Remove(start, end - start);
        return start;
    }

    private (int Place, int Cursor) Recall(StringBuilder line, int place)
    {
        place = Math.Clamp(place, 0, _history.Count);
        line.Clear().Append(place < _history.Count ? _history[place] : "");
        return (place, line.Length);
    }

    /// <summary>What all candidates have more than what stands there; where that is nothing, they are listed.</summary>
    private async Task<string> CompletionAsync(string text, Func<string, Task<IReadOnlyList<string>>> complete)
    {
        var word = text[(text.LastIndexOf(' ') + 1)..];
        var candidates = await complete(text);
        if (candidates.Count == 0)
            return "";
        var common = candidates.Aggregate((left, right) => left[..left.AsSpan().CommonPrefixLength(right)]);
        if (common.Length > word.Length)
            return common[word.Length..];
        output.Write($"\r\n{string.Join("  ", candidates)}\r\n");
        return "";
    }

    private string Finish(StringBuilder line)
    {
        output.Write("\r\n");
        output.Flush();
        var text = line.ToString();
        if (text.Trim().Length > 0 && _history.LastOrDefault() != text)
            _history.Add(text);
        return text;
    }

    private void Draw(string prompt, StringBuilder line, int cursor)
    {
        var back = line.Length - cursor;
        output.Write($"\r\e[K{prompt}{line}{(back > 0 ? $"\e[{back}D" : "")}");
        output.Flush();
    }
}
