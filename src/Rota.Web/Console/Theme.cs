using Microsoft.AspNetCore.Http;
using Rota.Web.Auth;

namespace Rota.Web.Console;

/// <summary>Light, dark, or as the system has it, kept in a cookie of the browser.</summary>
internal static class Theme
{
    private const string Cookie = "rota_theme", Auto = "auto";
    private static readonly TimeSpan Life = TimeSpan.FromDays(365);

    /// <summary>The value, its icon and its name, in the order in which the switch shows them.</summary>
    public static IReadOnlyList<(string Value, string Icon, string Name)> All { get; } =
        [(Auto, "sun-moon", "As the system"), ("light", "sun", "Light"), ("dark", "moon", "Dark")];

    public static string Of(HttpContext http) => Check(http.Request.Cookies[Cookie]);

    public static void Write(HttpContext http, string? theme)
    {
        var options = SessionCookie.OptionsFor(http);
        options.MaxAge = Life;
        http.Response.Cookies.Append(Cookie, Check(theme), options);
    }

    private static string Check(string? theme) => All.Any(one => one.Value == theme) ? theme! : Auto;
}
