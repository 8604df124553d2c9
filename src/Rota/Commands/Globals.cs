using System.CommandLine;

namespace Rota.Commands;

/// <summary>The options that every command knows, and how a client command is made of its action.</summary>
internal sealed class Globals(Terminal terminal)
{
    public Terminal Terminal => terminal;

    public Option<string?> Url { get; } = Of<string?>("--url", "Address of the server; also ROTA_URL", "URL");
    public Option<string?> Token { get; } = Of<string?>("--token", "Token for the server; also ROTA_TOKEN", "TOKEN");
    public Option<string?> Data { get; } = Of<string?>("--data", "Data folder; also ROTA_DATA (default: ./data)",
        "FOLDER");
    public Option<bool> Json { get; } = Of<bool>("--json", "Print the API's JSON", null);
    public Option<bool> Utc { get; } = Of<bool>("--utc", "Show times absolute, in UTC", null);

    public IEnumerable<Option> All => [Url, Token, Data, Json, Utc];

    /// <summary>A command that runs with a <see cref="Session"/>.</summary>
    /// <param name="symbols">Its own arguments and options.</param>
    public Command Client(
        string name, string description, Func<Session, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        var command = Group(name, description, symbols);
        command.SetAction(async (parse, stop) =>
        {
            using var session = new Session(terminal, this, parse);
            return await run(session, stop);
        });
        return command;
    }

    public static Command Group(string name, string description, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Command inner)
                command.Subcommands.Add(inner);
            else if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else if (symbol is Option option)
                command.Options.Add(option);
        }
        return command;
    }

    private static Option<T> Of<T>(string name, string description, string? helpName) =>
        new(name) { Description = description, HelpName = helpName, Recursive = true };
}
