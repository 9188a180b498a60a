/** French texts of validation by the English ones; `{}` stands for what a message names, in the same order in both. */
export const frenchValidation: Readonly<Record<string, string>> = {
  'A URI has no white space': 'Un URI ne contient pas d’espace',
  'A URL has no white space': 'Une URL ne contient pas d’espace',
  'A UUID has the form urn:uuid: followed by lower-case hexadecimal digits':
    'Un UUID a la forme urn:uuid: suivie de chiffres hexadécimaux minuscules',
  'A canonical URL has no white space': 'Une URL canonique ne contient pas d’espace',
  'A canonical URL is absolute, or a fragment': 'Une URL canonique est absolue, ou un fragment',
  'A code has no white space but single spaces between its parts':
    'Un code ne contient pas d’espace, sauf un seul entre ses parties',
  'A code is required: an extension does not take its place':
    'Un code est obligatoire : une extension ne le remplace pas',
  'A contained resource has an id': 'Une ressource contenue a un id',
  'A contained resource has no contained resources': 'Une ressource contenue n’en contient pas d’autres',
  'A contained resource must be referred to from the resource, or refer to it':
    'Une ressource contenue doit être référencée par la ressource, ou la référencer',
  'A date has the form YYYY, YYYY-MM or YYYY-MM-DD': 'Une date a la forme AAAA, AAAA-MM ou AAAA-MM-JJ',
  'A dateTime has the form YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone':
    'Un dateTime a la forme AAAA, AAAA-MM, AAAA-MM-JJ ou AAAA-MM-JJThh:mm:ss avec un fuseau horaire',
  'A number is expected': 'Un nombre est attendu',
  'A property that is no element name': 'Une propriété qui n’est pas un nom d’élément',
  'A question within the item does not enable it': 'Une question contenue dans l’item ne l’active pas',
  'A reference is [type]/[id], an absolute URL, a URN or a fragment':
    'Une référence est [type]/[id], une URL absolue, un URN ou un fragment',
  'A resource is expected': 'Une ressource est attendue',
  'A resource that a search has found has an id': 'Une ressource qu’une recherche a trouvée a un id',
  'A string has at most 1,048,576 characters': 'Une chaîne a au plus 1 048 576 caractères',
  'A string has no control characters but tab, line feed and carriage return':
    'Une chaîne ne contient pas de caractère de commande, sauf tabulation et fins de ligne',
  'A string is expected': 'Une chaîne est attendue',
  'A string must not be empty': 'Une chaîne ne doit pas être vide',
  'A time has the form hh:mm:ss': 'Une heure a la forme hh:mm:ss',
  'A {} cannot hold to a profile of {}: {}': 'Une ressource {} ne peut pas suivre un profil de {} : {}',
  'An OID has the form urn:oid:1.2.3': 'Un OID a la forme urn:oid:1.2.3',
  'An array must not be empty': 'Un tableau ne doit pas être vide',
  'An entry of the mode outcome has an OperationOutcome': 'Une entrée du mode outcome a un OperationOutcome',
  'An extension has either a value or nested extensions':
    'Une extension a soit une valeur, soit des extensions imbriquées',
  'An id has 1 to 64 letters, digits, hyphens and dots':
    'Un id a de 1 à 64 lettres, chiffres, traits d’union et points',
  'An instant has the form YYYY-MM-DDThh:mm:ss with a time zone':
    'Un instant a la forme AAAA-MM-JJThh:mm:ss avec un fuseau horaire',
  'An integer from {} to {} is expected': 'Un entier de {} à {} est attendu',
  'An integer without fraction and exponent is expected': 'Un entier sans fraction ni exposant est attendu',
  'An object is expected': 'Un objet est attendu',
  'An object must not be empty': 'Un objet ne doit pas être vide',
  'Another contained resource has this id': 'Une autre ressource contenue a cet id',
  'Another element of the resource has this id': 'Un autre élément de la ressource a cet id',
  'At least {} of the slice {} is required': 'Au moins {} de la tranche {} est obligatoire',
  'At least {} repetitions are required': 'Au moins {} répétitions sont obligatoires',
  'At most {} of the slice {} is allowed': 'Au plus {} de la tranche {} est permis',
  'At most {} repetitions are allowed': 'Au plus {} répétitions sont permises',
  'Base64 data is expected (RFC 4648)': 'Des données en base64 sont attendues (RFC 4648)',
  'No code of the value set {}': 'Aucun code du jeu de valeurs {}',
  'No contained resource has this id': 'Aucune ressource contenue n’a cet id',
  'No error was found: all is well': 'Aucune erreur trouvée : tout va bien',
  'No reference of the document leads to this entry': 'Aucune référence du document ne mène à cette entrée',
  'Only one value of a choice of types is allowed': 'Une seule valeur d’un choix de types est permise',
  'R4 has no resource type of this name': 'R4 n’a pas de type de ressource de ce nom',
  'The Questionnaire has no question of this linkId': 'Le Questionnaire n’a pas de question de ce linkId',
  'The URL of an extension is absolute': 'L’URL d’une extension est absolue',
  'The array of values and its companion array must have the same length':
    'Le tableau des valeurs et celui qui l’accompagne doivent avoir la même longueur',
  'The attachment has at most {} bytes': 'La pièce jointe a au plus {} octets',
  'The bundle has no entry that this reference points to':
    'Le Bundle n’a pas d’entrée que cette référence désigne',
  'The code is not in the value set {}': 'Le code n’est pas dans le jeu de valeurs {}',
  'The code system has another URL: {}': 'La terminologie a une autre URL : {}',
  'The code system has no such code': 'La terminologie n’a pas ce code',
  'The coding is not in the value set {}': 'Le codage n’est pas dans le jeu de valeurs {}',
  'The concept has no coding in the value set {}': 'Le concept n’a pas de codage dans le jeu de valeurs {}',
  'The definition of the extension does not allow it here, but on {}':
    'La définition de l’extension ne la permet pas ici, mais sur {}',
  'The definition of the extension has no such part': 'La définition de l’extension n’a pas cette partie',
  'The definition of this modifier extension is not known: it was not checked':
    'La définition de cette extension modificatrice n’est pas connue : elle n’a pas été vérifiée',
  'The display is none of the names of the code': 'Le libellé n’est aucun des noms du code',
  'The element does not repeat: an array is not allowed':
    'L’élément ne se répète pas : un tableau n’est pas permis',
  'The element is not allowed': 'L’élément n’est pas permis',
  'The element is required': 'L’élément est obligatoire',
  'The element repeats: an array is expected': 'L’élément se répète : un tableau est attendu',
  'The elements are nested too deep': 'Les éléments sont imbriqués trop profondément',
  'The extension does not meet the condition of its definition: {}':
    'L’extension ne remplit pas la condition de sa définition : {}',
  'The fullUrl of an entry is absolute': 'Le fullUrl d’une entrée est absolu',
  'The id of the resource differs from that of the fullUrl':
    'L’id de la ressource diffère de celui du fullUrl',
  'The invariant {} cannot be evaluated here: it was not checked':
    'La contrainte {} ne peut pas être évaluée ici : elle n’a pas été vérifiée',
  'The month has no such day': 'Le mois n’a pas ce jour',
  'The number has at most {} decimal places': 'Le nombre a au plus {} décimales',
  'The profile {} cannot be used: {}': 'Le profil {} est inutilisable : {}',
  'The profile {} is not known to this server: it was not checked':
    'Le profil {} n’est pas connu de ce serveur : il n’a pas été vérifié',
  'The resource is too costly to check whole: some rules were not checked':
    'La ressource est trop coûteuse à vérifier entièrement : certaines règles n’ont pas été vérifiées',
  'The resource type is required': 'Le type de ressource est obligatoire',
  'The system of a code is a code system: a value set is none':
    'Le système d’un code est une terminologie : un jeu de valeurs n’en est pas une',
  'The reference leads nowhere: there is no such resource':
    'La référence ne mène nulle part : cette ressource n’existe pas',
  'The system of a code is the URL of a code system, not of a page about it':
    'Le système d’un code est l’URL d’une terminologie, non d’une page à son sujet',
  'The target was not checked: the profile {} is not known to this server':
    'La cible n’a pas été vérifiée : le profil {} n’est pas connu de ce serveur',
  'The target holds to none of the profiles {}': 'La cible ne suit aucun des profils {}',
  'The target must be of type {}': 'La cible doit être du type {}',
  'The target must be {}': 'La cible doit être {} (contained, bundled, referenced)',
  'The entry that this reference points to is of another type':
    'L’entrée que cette référence désigne est d’un autre type',
  'The entry needs a fullUrl, which is the identity of its resource':
    'L’entrée a besoin d’un fullUrl, qui est l’identité de sa ressource',
  'The hash is not the SHA-1 of the data': 'L’empreinte n’est pas le SHA-1 des données',
  'The size is not that of the data': 'La taille n’est pas celle des données',
  'The system of a code is an absolute URI': 'Le système d’un code est un URI absolu',
  'The system of an identifier is an absolute URI': 'Le système d’un identifiant est un URI absolu',
  'The text has at least {} characters': 'Le texte a au moins {} caractères',
  'The value must have the form {}': 'La valeur doit avoir la forme {}',
  'The value of an identifier of the system urn:ietf:rfc:3986 is an absolute URI':
    'La valeur d’un identifiant du système urn:ietf:rfc:3986 est un URI absolu',
  'The text has at most {} characters': 'Le texte a au plus {} caractères',
  'The type differs from that of the reference': 'Le type diffère de celui de la référence',
  'The type is not allowed for this choice': 'Le type n’est pas permis pour ce choix',
  'The type must be {}': 'Le type doit être {}',
  'The value belongs to no slice, and others are not allowed':
    'La valeur n’appartient à aucune tranche, et les autres ne sont pas permises',
  'The value belongs to two slices: {} and {}': 'La valeur appartient à deux tranches : {} et {}',
  'The value holds to none of the profiles {}': 'La valeur ne suit aucun des profils {}',
  'The value must be at least {}': 'La valeur doit être au moins {}',
  'The value must be at most {}': 'La valeur doit être au plus {}',
  'The value must be exactly {}': 'La valeur doit être exactement {}',
  'The value must match {}': 'La valeur doit correspondre à {}',
  'The values are not in the order of the slices': 'Les valeurs ne sont pas dans l’ordre des tranches',
  'The version of the profile {} is not known to this server: another one was checked':
    'La version du profil {} n’est pas connue de ce serveur : une autre a été vérifiée',
  'This extension is no modifier: it must not be a modifierExtension':
    'Cette extension n’est pas modificatrice : elle ne doit pas être une modifierExtension',
  'This extension modifies its element: it must be a modifierExtension':
    'Cette extension modifie son élément : elle doit être une modifierExtension',
  'This security label is given already': 'Cette étiquette de sécurité est déjà donnée',
  'Two entries have the same fullUrl and version': 'Deux entrées ont le même fullUrl et la même version',
  'Unknown element': 'Élément inconnu',
  'Values that belong to no slice come after those that do':
    'Les valeurs sans tranche viennent après celles qui en ont une',
  'XHTML content starts with a div element': 'Un contenu XHTML commence par un élément div',
  'A narrative has no scripts, event attributes, style sheets, forms, frames and objects':
    'Un texte narratif n’a ni script, ni attribut d’événement, ni feuille de style, ni formulaire, ni cadre, ni objet',
  'XML has the elements in the order of their definitions: this one stands too late':
    'En XML, les éléments suivent l’ordre de leurs définitions : celui-ci vient trop tard',
  'null is allowed only where the array of values has an entry':
    'null n’est permis que là où le tableau des valeurs a une entrée',
  'null is allowed only where the companion array has an entry':
    'null n’est permis que là où le tableau qui l’accompagne a une entrée',
  'true or false is expected': 'true ou false est attendu',
};
