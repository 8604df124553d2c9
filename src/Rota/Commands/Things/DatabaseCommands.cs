using System.CommandLine;

namespace Rota.Commands;

/// <summary><c>rota database …</c>: works on databases themselves, with no server.</summary>
internal static class DatabaseCommands
{
    public static Command Create(Globals globals) => Globals.Group("database", "Copy everything to another database",
        Copy(globals));

    private static Command Copy(Globals globals)
    {
        var (from, to) = (new AddressOption("from", "Copy this database"), new AddressOption("to", "into this one"));
        var dryRun = new Option<bool>("--dry-run") { Description = "Only count what would be copied" };
        var restart = new Option<bool>("--restart") { Description = "Empty a half-copied target and begin again" };
        return globals.Client("copy", "Copy jobs, schedules, history, secrets and users into an empty database; "
            + "the same command goes on where it stopped",
            async (session, stop) =>
            {
                var run = new CopyRun(session, from.Read(session), to.Read(session), session.Get(restart));
                return session.Get(dryRun) ? await run.PlanAsync(stop) : await run.RunAsync(stop);
            }, [.. from.All, .. to.All, dryRun, restart]);
    }
}

/// <summary>The address of a database, typed or, where it holds a password, in a variable.</summary>
internal sealed class AddressOption(string name, string description)
{
    private readonly Option<string?> _typed = new($"--{name}")
    {
        Description = $"{description}: sqlite:PATH or postgres://USER@HOST/DATABASE",
        HelpName = "ADDRESS",
    };
    private readonly Option<string?> _env = new($"--{name}-env")
    {
        Description = "The same, read from this variable, as everybody can see what is typed",
        HelpName = "VARIABLE",
    };

    public IEnumerable<Symbol> All => [_typed, _env];

    public DatabaseAddress Read(Session session)
    {
        var (typed, variable) = (session.Get(_typed), session.Get(_env));
        if (typed is null == variable is null)
            throw Session.Usage(name, $"Give either {_typed.Name} or {_env.Name}.",
                $"Write {_typed.Name} sqlite:PATH, or {_env.Name} VARIABLE for an address with a password.");
        if (variable is not null)
        {
            return DatabaseAddress.Parse(session.Terminal, variable, session.Terminal.Variable(variable)
                ?? throw Session.Usage(name, $"The variable {variable} is not set.", "Set it to the address."));
        }
        var address = DatabaseAddress.Parse(session.Terminal, _typed.Name, typed!); // one of the two is given
        if (address.HasPassword)
        {
            session.Terminal.Error.WriteLine("warning: every user of this machine can read the password of "
                + $"{_typed.Name} while this runs; put the address into a variable and name that with {_env.Name}");
        }
        return address;
    }
}
