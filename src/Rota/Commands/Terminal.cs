using Spectre.Console;

namespace Rota.Commands;

/// <summary>What a command may touch of the process around it; a test gives its own.</summary>
internal sealed class Terminal
{
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    /// <summary>Standard input. Opened only when a command reads it, because that sets the terminal up for
    /// keys.</summary>
    public required Func<TextReader> Input { get; init; }

    public TextReader In => field ??= Input();

    /// <summary>Colours, boxes and lines that are drawn over. False in a pipe, a file, and with NO_COLOR.</summary>
    public bool IsRich { get; init; }

    /// <summary>Somebody is there to answer a question.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Reads a line that is not shown.</summary>
    public Func<string> ReadHidden { get; init; } = () => "";

    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The working folder, absolute.</summary>
    public required string Folder { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

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
            CanAsk = !System.Console.IsInputRedirected,
            ReadHidden = ReadKeys,
            Variables = variables,
            Folder = Environment.CurrentDirectory,
        };
    }

    private static string ReadKeys()
    {
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
