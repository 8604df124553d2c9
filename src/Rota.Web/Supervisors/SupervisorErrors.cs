using Rota.Supervisor.Client;

namespace Rota.Web.Supervisors;

/// <summary>What supervisors refuse, as our callers are told.</summary>
internal static class SupervisorErrors
{
    public const string AwayCode = "supervisor.away";

    /// <param name="supervisor">Its name here.</param>
    /// <param name="name">Of the process or group that was asked for; null for none.</param>
    public static RotaException Of(SupervisorException error, string supervisor, string? name) => error.Problem switch
    {
        SupervisorProblem.NoProcess => new NotFoundException("process", $"{supervisor}/{name}",
            $"See what there is: GET /api/v1/supervisors/{supervisor}/processes"),
        SupervisorProblem.NoLog => new NotFoundException("log", $"{supervisor}/{name}",
            "The program keeps no such log, or has written nothing to it."),
        SupervisorProblem.BadSignal => new InvalidFieldException("signal", "That is no signal.",
            "Write a name such as HUP, or a number."),
        SupervisorProblem.BadFile => new ConflictException("supervisor.file",
            $"The file of the supervisor {supervisor} has a mistake: {error.Message}",
            "Nothing was changed. Mend the file and repeat."),
        SupervisorProblem.Stopping => new ConflictException("supervisor.stopping",
            $"The supervisor {supervisor} stops or starts anew.", "Wait until it runs."),
        SupervisorProblem.Refused => new ConflictException("process.state",
            $"The supervisor {supervisor} refused{(name is null ? "" : $" for {name}")}: {error.Message}",
            "See the state of the process."),
        SupervisorProblem.Denied => new RotaException(AwayCode, Away(error, supervisor),
            "See Username and Password of ROTA_SUPERVISORS, and who may open the socket.", error),
        _ => new RotaException(AwayCode, Away(error, supervisor),
            "Start it, or mend its address in ROTA_SUPERVISORS.", error),
    };

    private static string Away(SupervisorException error, string supervisor) =>
        $"The supervisor {supervisor} does not answer: {error.Message}";
}
