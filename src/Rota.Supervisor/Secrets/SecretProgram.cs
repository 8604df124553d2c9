using Rota.Supervisor.Native;

namespace Rota.Supervisor.Secrets;

/// <summary>How this very program is run to tell secrets.</summary>
internal static class SecretProgram
{
    /// <summary>The verb of `rota secrets`; not for people.</summary>
    public const string Verb = "tell-supervisor";

    public static IReadOnlyList<string> Words()
    {
        var program = ProgramImage.Path();
        string[] start = Path.GetFileName(program) == "dotnet"
            ? [program, Path.Combine(AppContext.BaseDirectory, "rota.dll")]
            : [program];
        return [.. start, "secrets", Verb];
    }
}
