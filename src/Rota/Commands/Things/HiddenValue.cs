using System.CommandLine;

namespace Rota.Commands;

/// <summary>A value that must never stand on the command line, where every user of the machine can read it.</summary>
/// <remarks>From a file, from a variable, from standard input, or asked for without showing it.</remarks>
internal sealed class HiddenValue(string what)
{
    private readonly Option<string?> _file = new($"--{what}-from-file")
    {
        Description = $"Read the {what} from this file",
    };
    private readonly Option<string?> _env = new($"--{what}-from-env")
    {
        Description = $"Read the {what} from this variable",
    };

    public IEnumerable<Symbol> All => [_file, _env];

    public string Read(Session session)
    {
        if (session.Get(_env) is { } variable)
        {
            return session.Terminal.Variable(variable)
                ?? throw Session.Usage(_env.Name, $"The variable {variable} is not set.",
                    "Set it, or leave the option out.");
        }
        return session.Get(_file) is { } path ? OfFile(session, path) : Ask(session.Terminal, what);
    }

    public static string OfFile(Session session, string path)
    {
        try
        {
            return File.ReadAllText(session.Terminal.PathOf(path)).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Session.Usage("file", $"{path} cannot be read: {error.Message}", "Name a file that you may read.");
        }
    }

    public static string Ask(Terminal terminal, string what) => terminal.CanAsk
        ? terminal.AskHidden($"{what}: ")
        : terminal.In.ReadToEnd().TrimEnd('\r', '\n');
}
