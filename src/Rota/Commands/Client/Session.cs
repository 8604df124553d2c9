using System.CommandLine;

namespace Rota.Commands;

/// <summary>One run of a client command: what was typed, the server, and where to write.</summary>
internal sealed class Session(Terminal terminal, Globals globals, ParseResult parse) : IDisposable
{
    private Server? _server;

    public Terminal Terminal => terminal;

    public bool IsJson { get; } = parse.GetValue(globals.Json);

    public bool IsUtc { get; } = parse.GetValue(globals.Utc);

    public string? Data { get; } = parse.GetValue(globals.Data);

    public Uri Address => Found.Address;

    public Server Server => _server ??= new Server(Found.Address, Found.Token);

    private (Uri Address, string? Token) Found => field.Address is not null ? field : field =
        ServerFinder.Find(terminal, parse.GetValue(globals.Url), parse.GetValue(globals.Token), Data);

    public T? Get<T>(Option<T> option) => parse.GetValue(option);

    public T Get<T>(Argument<T> argument) => parse.GetRequiredValue(argument);

    public bool IsGiven(Option option) => parse.GetResult(option) is { Implicit: false };

    /// <summary>Prints the answer as it came when the command was asked for JSON, else lets it be shown to
    /// people.</summary>
    public int Print(Answer answer, Action<Answer> show)
    {
        if (!IsJson)
            show(answer);
        else if (answer.Text.Length > 0)
            Terminal.Out.WriteLine(answer.Text);
        return ExitCode.Ok;
    }

    /// <summary>As <see cref="Print"/>, with one line for people.</summary>
    public int Say(Answer answer, string line) => Print(answer, _ => Terminal.Out.WriteLine(Clean.Line(line)));

    public static InvalidFieldException Usage(string field, string message, string hint) => new(field, message, hint);

    /// <summary>Asks a yes-or-no question; no when nobody is there to answer.</summary>
    public bool Confirm(string question)
    {
        if (!Terminal.CanAsk)
            throw Usage("yes", "Nobody is there to confirm this.", "Add --yes.");
        return Terminal.Ask($"{question} [y/N] ")?.Trim() is "y" or "Y" or "yes";
    }

    public void Dispose() => _server?.Dispose();
}
