using Microsoft.AspNetCore.Authorization;
using Rota.Access;

namespace Rota.Web.Auth;

/// <summary>The least role that a page needs.</summary>
internal sealed class NeedsAttribute(Role role) : AuthorizeAttribute(Policies.Name(role));
