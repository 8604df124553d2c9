using Spectre.Console;

namespace Rota.Commands;

/// <summary>What a command may touch of the process around it; a test gives its own.</summary>
internal sealed class Terminal
{
    private bool _isAsking;

    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    /// <summary>Standard input. Opened only when a command reads it, because that sets the terminal up for
    /// keys.</summary>
    public required Func<TextReader> Input { get; init; }

    public TextReader In => field ??= Input();

    /// <summary>Colours, boxes and lines that are drawn over. False in a pipe, a file, and with NO_COLOR.</summary>
    public bool IsRich { get; init; }

    /// <summary>What is written to <see cref="Out"/> is shown on a terminal.</summary>
    public bool IsOutShown { get; init; }

    /// <summary>Somebody is there to answer a question.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Shows a question and reads a line that is not shown.</summary>
    public Func<string, string> ReadHidden { get; init; } = _ => "";

    /// <summary>A question waits for its answer, so that an interrupt means: leave.</summary>
    public bool IsAsking => Volatile.Read(ref _isAsking);

    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The working folder, absolute.</summary>
    public required string Folder { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>A line in answer to a question; null at the end of the input.</summary>
    public string? Ask(string question) => Wait(() =>
    {
        Error.Write(question);
        return In.ReadLine();
    });

    /// <summary>As <see cref="Ask"/>, without showing what is typed.</summary>
    public string AskHidden(string question)
    {
        var answer = Wait(() => ReadHidden(question));
        Error.WriteLine();
        return answer;
    }

    private T Wait<T>(Func<T> read)
    {
        Volatile.Write(ref _isAsking, true);
        try
        {
            return read();
        }
        finally
        {
            Volatile.Write(ref _isAsking, false);
        }
    }

    public string? Variable(string name) =>
        Variables.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public string PathOf(string path) => Path.GetFullPath(path, Folder);

    public IAnsiConsole Console() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = IsRich ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = IsRich ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(Out),
    });

    public static Terminal OfProcess()
    {
        var variables = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return new Terminal
        {
            Out = System.Console.Out,
            Error = System.Console.Error,
            Input = () => System.Console.In,
            IsRich = !System.Console.IsOutputRedirected && !variables.ContainsKey("NO_COLOR")
                && variables.GetValueOrDefault("TERM") != "dumb",
            IsOutShown = !System.Console.IsOutputRedirected,
            CanAsk = !System.Console.IsInputRedirected,
            ReadHidden = ReadKeys,
            Variables = variables,
            Folder = Environment.CurrentDirectory,
        };
    }

    private static string ReadKeys(string question)
    {
        // Looking for a key makes the terminal hide what is typed. Before the question, for who answers at once.
        _ = System.Console.KeyAvailable;
        System.Console.Error.Write(question);
        var text = new System.Text.StringBuilder();
        while (System.Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace && text.Length > 0)
                text.Length--;
            else if (!char.IsControl(key.KeyChar))
                text.Append(key.KeyChar);
        }
        return text.ToString();
    }
}
