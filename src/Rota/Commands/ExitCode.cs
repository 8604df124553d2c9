namespace Rota.Commands;

/// <summary>What the program says to the shell; documented in docs/command-line.md.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The job that was waited for did not succeed, a check of the doctor failed, or Rota itself
    /// erred.</summary>
    public const int Failed = 1;

    public const int Usage = 2;

    /// <summary><c>plan --exit-code</c>: something would change.</summary>
    public const int Differs = 2;

    public const int NotFound = 3;
    public const int Conflict = 4;
    public const int NoServer = 5;
    public const int NotAllowed = 6;
    public const int Storage = 7;
    public const int Interrupted = 130;

    public static int Of(RotaException error) => error switch
    {
        ServerProblem problem => OfStatus(problem.Status),
        NoServerException or NoSupervisorException => NoServer,
        SettingsException or InvalidFieldException => Usage,
        NotFoundException => NotFound,
        ConflictException => Conflict,
        StorageException => Storage,
        _ => Failed,
    };

    private static int OfStatus(int status) => status switch
    {
        400 or 413 or 415 or 422 => Usage,
        401 or 403 or 429 => NotAllowed,
        404 => NotFound,
        409 => Conflict,
        503 => Storage,
        _ => Failed,
    };
}
