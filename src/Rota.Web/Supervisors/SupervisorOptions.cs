using Rota.Supervisor.Client;

namespace Rota.Web.Supervisors;

/// <summary>A supervisor that this node shows and works: ours or any other supervisord.</summary>
public sealed class SupervisorOptions
{
    public const string Section = "Supervisors";

    /// <summary>What it is called here, by the rule of names. Required, and different from the others'.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where it listens: <c>unix:///PATH</c> or <c>http://HOST:PORT</c>. Required.</summary>
    public string Url { get; set; } = "";

    /// <summary>Who calls. Default: none.</summary>
    public string? Username { get; set; }

    /// <summary>Default: none. Never shown.</summary>
    public string? Password { get; set; }

    /// <summary>What is wrong with them.</summary>
    /// <param name="others">Names that are taken.</param>
    /// <returns>Property, what is wrong, and what to write; no value of a password.</returns>
    public IEnumerable<(string Property, string Wrong, string Hint)> Problems(IEnumerable<string> others)
    {
        if (NameProblem() is { } name)
            yield return (nameof(Name), name.Message, name.Hint!);
        else if (others.Contains(Name))
            yield return (nameof(Name), $"'{Name}' is the name of two supervisors.", "Write another one.");
        if (Url.Contains('@'))
            yield return (nameof(Url), "The address has a user or a password in it.", "Write Username and Password.");
        else if (!SupervisorClient.IsAddress(Url))
            yield return (nameof(Url), Url.Length == 0 ? "The address is missing." : $"'{Url}' is no address.",
                "Write unix:///run/supervisor.sock or http://127.0.0.1:9001.");
        if (Username is null != Password is null)
            yield return (Username is null ? nameof(Username) : nameof(Password), "One of the two is missing.",
                "Write Username and Password, or neither.");
    }

    private InvalidFieldException? NameProblem()
    {
        try
        {
            NameRule.Check("The name", Name);
            return Name.Contains(':')
                ? new InvalidFieldException("The name", $"The name '{Name}' has a colon.", "Write it without one.")
                : null;
        }
        catch (InvalidFieldException wrong)
        {
            return wrong;
        }
    }
}
